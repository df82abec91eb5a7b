import HTTPTypes
import PhotoLibrary

/// What the common frame needs, around the content of one page. The templates read its members by name.
struct Page<Content: Sendable>: Sendable {
    /// The pages there are: template, script and place in the menu.
    enum Section: Sendable {
        case displays, pair, settings, groups, group, photos, albums, album, people, account, api

        var template: String {
            switch self {
            case .displays: "wall"
            case .pair: "pair"
            case .settings: "settings"
            case .groups: "groups"
            case .group: "group"
            case .photos: "photos"
            case .albums: "albums"
            case .album: "album"
            case .people: "people"
            case .account: "account"
            case .api: "api"
            }
        }
    }

    let section: Section
    let title: String
    let csrfToken: String
    let userName: String
    let script: String
    let onDisplays: Bool
    let onGroups: Bool
    let onPhotos: Bool
    let onAlbums: Bool
    let onPeople: Bool
    /// What whoever is signed in may do; the style sheet hides what they may not.
    let scopes: String
    let content: Content

    init(_ section: Section, title: String, session: BrowserSession, content: Content) {
        self.section = section
        self.title = title
        self.csrfToken = session.csrfToken
        self.userName = session.userName
        self.script = section.template + ".js"
        self.onDisplays = [.displays, .pair, .settings].contains(section)
        self.onGroups = section == .groups || section == .group
        self.onPhotos = section == .photos
        self.onAlbums = section == .albums || section == .album
        self.onPeople = section == .people
        self.scopes = Scope.text(session.scopes)
        self.content = content
    }
}

/// A page outside the frame.
protocol BarePage: Sendable {
    static var template: String { get }
    var status: HTTPResponse.Status { get }
}

/// Asks for name and password.
struct SignInPage: BarePage {
    static let template = "signin"
    let title = "Sign in"
    var status = HTTPResponse.Status.ok
    var message: String?
    var name = ""
    /// Where to go afterwards; a path of this server.
    var next = "/"
    var setupPending = false
}

/// Asks for the first administrator's name and password.
struct SetupPage: BarePage {
    static let template = "setup"
    let title = "Welcome"
    var status = HTTPResponse.Status.ok
    var message: String?
    var name = ""
    let token: String
}

/// Asks whoever was invited for a name and a password, and whoever forgot theirs for a new password.
struct LinkPage: BarePage {
    static let template = "link"
    let title: String
    let status: HTTPResponse.Status
    let message: String?
    let name: String
    let token: String
    /// What the new account may do; nil where there is one already.
    let role: String?

    init(_ link: AccountLink, token: String, problem: Problem? = nil, name: String = "") {
        self.title = link.userID == nil ? "Welcome" : "New password"
        self.status = problem?.status ?? .ok
        self.message = problem?.sentence
        self.name = name
        self.token = token
        self.role = link.userID == nil ? link.role : nil
    }
}

/// Says what went wrong.
struct ErrorPage: BarePage {
    static let template = "error"
    let title: String
    let status: HTTPResponse.Status
    let heading: String
    let detail: String
    let remedy: String?

    init(problem: Problem) {
        self.title = problem.status.reasonPhrase
        self.status = problem.status
        self.heading = problem.status.reasonPhrase
        self.detail = problem.detail
        self.remedy = problem.remedy
    }
}
