@testable import PhotoViewer
