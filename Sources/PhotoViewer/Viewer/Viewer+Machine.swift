import DisplayChannel

/// What is known of the machine around the picture.
extension Viewer {
    /// How the screen was switched.
    func note(_ report: ScreenPower.Report) async {
        self.status.powerBy = report.methods
        self.troubles["power"] = report.trouble
        await self.lookAtPanel()
        self.report()
    }

    /// Notes what the picture is shown on.
    func lookAtPanel() async {
        guard let panel = await self.stage.panel() else { return }
        self.status.connector = panel.connector
        self.status.mode = panel.mode ?? self.status.mode
    }
}
