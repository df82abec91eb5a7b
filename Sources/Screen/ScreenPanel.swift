import CDRMShim
import Glibc
import PhotoViewer

/// The connector that a window is shown on, where this program drives the screen itself (KMS).
@RenderActor
struct ScreenPanel {
    private let descriptor: Int32
    private let connector: UInt32
    let name: String

    /// - Parameters:
    ///   - window: SDL's window.
    ///   - display: SDL's number of the display: it counts the connectors that were connected when it started.
    /// - Returns: Nil when something else drives the screen, such as a desktop.
    init?(window: OpaquePointer, display: Int) {
        self.descriptor = cdrm_window_descriptor(UnsafeMutableRawPointer(window))
        guard self.descriptor >= 0 else { return nil }
        let connected = Self.connectors(self.descriptor).filter { $0.is_connected != 0 }
        guard connected.indices.contains(display) else { return nil }
        self.connector = connected[display].id
        self.name = Self.name(of: connected[display])
    }

    /// How it stands now, without disturbing it.
    var state: Panel? {
        guard let found = Self.connectors(self.descriptor).first(where: { $0.id == self.connector }) else { return nil }
        let mode = found.width > 0 ? "\(found.width)x\(found.height)@\(found.refresh)" : nil
        return Panel(
            connector: self.name, mode: mode, isConnected: found.is_connected != 0, isOn: found.is_asleep == 0)
    }

    /// - Returns: Whether the kernel did it.
    func setPower(_ isOn: Bool) -> Bool { cdrm_set_power(self.descriptor, self.connector, isOn ? 1 : 0) == 0 }

    private static func connectors(_ descriptor: Int32) -> [cdrm_connector] {
        var connectors = [cdrm_connector](repeating: cdrm_connector(), count: 16)
        let count = cdrm_connectors(descriptor, &connectors, 16)
        return Array(connectors.prefix(max(Int(count), 0)))
    }

    private static func name(of connector: cdrm_connector) -> String {
        withUnsafeBytes(of: connector.name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
