import Synchronization

/// Lets so many computations run at once as there are cores: a what-if holds megabytes, and a crowd of them would only get in
/// each other's way. Who comes then waits a while.
final class ComputeGate: Sendable {
  private struct State {
    var running = 0
    var waiting = 0
  }
  private let state = Mutex(State())
  private let most: Int
  static let mostWaiting = 64
  /// Seconds that a request waits for its turn.
  static let patience = 10.0

  init(_ most: Int) { self.most = max(1, most) }

  /// - Throws: 429 where too many wait, or for too long.
  func pass<Value>(_ body: () throws(Problem) -> Value) throws(Problem) -> Value {
    try enter()
    defer { state.withLock { $0.running -= 1 } }
    return try body()
  }

  private func enter() throws(Problem) {
    let busy = Problem(
      429, "Too many requests", "Too many ask for what must be computed. Ask again in 1 s.",
      headers: [Request.Field("Retry-After", "1")])
    let isWelcome = state.withLock { state in
      guard state.waiting < Self.mostWaiting else { return false }
      state.waiting += 1
      return true
    }
    guard isWelcome else { throw busy }
    defer { state.withLock { $0.waiting -= 1 } }
    var waited = 0.0
    while true {
      let isIn = state.withLock { state in
        guard state.running < most else { return false }
        state.running += 1
        return true
      }
      if isIn { return }
      guard waited < Self.patience else { throw busy }
      Thread.sleep(seconds: 0.002)
      waited += 0.002
    }
  }
}
