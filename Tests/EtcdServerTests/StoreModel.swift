import TestSupport

/// A store of few keys with numbers in them: single keys, and small transactions over several.
enum StoreModel: Linearizability.Model {
    enum Input: Sendable {
        /// All keys at one moment.
        case read
        /// Some keys at once.
        case put([String: Int])
        case delete(String)
        /// Sets a key if it holds a number.
        case swap(String, expected: Int, new: Int)
    }

    enum Output: Sendable, Equatable {
        case values([String: Int])
        case done
        case swapped(Bool)
    }

    static let initial: [String: Int] = [:]

    static func step(_ state: [String: Int], _ input: Input, _ output: Output?) -> [String: Int]? {
        switch (input, output) {
        case (.read, .values(let values)?): state == values ? state : nil
        case (.put(let values), .done?), (.put(let values), nil): state.merging(values) { $1 }
        case (.delete(let key), .done?), (.delete(let key), nil): state.filter { $0.key != key }
        case (.swap(let key, let expected, let new), .swapped(true)?):
            state[key] == expected ? state.merging([key: new]) { $1 } : nil
        case (.swap(let key, let expected, _), .swapped(false)?): state[key] == expected ? nil : state
        case (.swap(let key, let expected, let new), nil):
            state[key] == expected ? state.merging([key: new]) { $1 } : state
        case (.read, nil): state
        default: nil
        }
    }
}
