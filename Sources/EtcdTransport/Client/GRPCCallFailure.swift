/// How a client's call failed, and how far it had come.
package struct GRPCCallFailure: Error, CustomStringConvertible {
    /// What the server can know of the call.
    package enum Reach: Sendable {
        /// It surely never saw the call: trying again is safe.
        case notSent
        /// It may have seen the call, and may have acted on it.
        case sent
        /// It saw the call and answered with the status.
        case answered
        /// It saw the call and answered with a message that is not taken here: too large, or not framed as gRPC is.
        case refusedHere
    }

    package let status: GRPCStatus
    package let reach: Reach

    package init(_ code: GRPCStatus.Code, _ message: String, reach: Reach) {
        self.init(GRPCStatus(code, message), reach: reach)
    }

    package init(_ status: GRPCStatus, reach: Reach) {
        self.status = status
        self.reach = reach
    }

    package var description: String { "\(self.status)" }
}
