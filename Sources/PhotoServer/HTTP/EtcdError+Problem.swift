import EtcdClient
import HTTPTypes

/// What a mediator that does not answer means for somebody who gave a display an order.
extension EtcdError: ProblemConvertible {
    var problem: Problem {
        Problem(
            .serviceUnavailable, "mediator-unavailable", "The display cannot be reached: the store does not answer.",
            remedy: "Changes are kept and sent later by themselves; give an order such as next again.",
            headers: [.retryAfter: "2"])
    }
}
