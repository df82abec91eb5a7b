import Synchronization

/// A value that several tasks of a test share.
public final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    public init(_ value: Value) { self.value = Mutex(value) }

    public func get() -> Value { self.value.withLock { $0 } }

    public func set(_ value: Value) { self.value.withLock { $0 = value } }

    public func update<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        self.value.withLock { body(&$0) }
    }
}
