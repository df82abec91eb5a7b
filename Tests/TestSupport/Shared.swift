import Synchronization

/// A value that several tasks of a test share.
public final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    /// A box with a value in it.
    public init(_ value: Value) { self.value = Mutex(value) }

    /// The value now.
    public func get() -> Value { self.value.withLock { $0 } }

    /// Replaces the value.
    public func set(_ value: Value) { self.value.withLock { $0 = value } }

    /// Changes the value; nobody sees it half changed.
    public func update<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        self.value.withLock { body(&$0) }
    }
}
