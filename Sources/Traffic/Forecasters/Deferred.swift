import Synchronization

/// A value that is computed when it is first asked for, once: what one line of a fleet never reads need not be made.
final class Deferred<Value: Sendable>: Sendable {
  private enum State: Sendable {
    case open(@Sendable () -> Value)
    case made(Value)
  }
  private let state: Mutex<State>

  /// - Parameter make: pure, and let go of once its value is there.
  init(_ make: @escaping @Sendable () -> Value) { state = Mutex(.open(make)) }

  var value: Value {
    state.withLock { state in
      switch state {
      case .made(let value): return value
      case .open(let make):
        let value = make()
        state = .made(value)
        return value
      }
    }
  }
}
