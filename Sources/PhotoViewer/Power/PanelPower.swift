/// DPMS on the connector that the stage itself drives: no root and no tools, and it works without a desktop only.
struct PanelPower: PowerMethod {
    let name = PowerChoice.dpms.rawValue
    let cutsSignal = true
    let stage: any Stage

    func set(_ isOn: Bool) async throws(ViewerError) {
        guard await self.stage.setPower(isOn) else {
            throw ViewerError(.refused, "this program does not drive the screen itself")
        }
    }

    func isOn() async -> Bool? { await self.stage.panel()?.isOn }
}
