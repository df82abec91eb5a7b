/// Why a display's program ends without having been told so by a signal.
package enum DisplayEnd: Sendable {
    /// Somebody asked for it at the stage.
    case quit
    /// The program shall start anew.
    case restart
    /// The machine shall.
    case reboot
}
