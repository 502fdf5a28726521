import Documents
import Quantities
import Synchronization

/// A run's progress as server-sent events, until it has ended.
final class RunEvents: EventSource {
  private let registry: RunRegistry
  private let id: Int
  private let wait: @Sendable (Double) -> Void
  private let last = Mutex<(done: Int, state: RunState?, isOver: Bool)>((-1, nil, false))

  /// - Parameter wait: lets so many seconds pass.
  init(_ registry: RunRegistry, _ id: Int, wait: @escaping @Sendable (Double) -> Void = { Thread.sleep(seconds: $0) }) {
    self.registry = registry
    self.id = id
    self.wait = wait
  }

  /// Looks ten times a second; after ten seconds without news a comment keeps the connection.
  func next() -> [UInt8]? {
    for _ in 0..<100 {
      if last.withLock({ $0.isOver }) { return nil }
      guard let run = registry.run(id) else { return nil }
      let isNew = last.withLock { last in
        guard last.done != run.done || last.state != run.state else { return false }
        last.done = run.done
        last.state = run.state
        last.isOver = run.state != .waiting && run.state != .running
        return true
      }
      if isNew { return Array(Self.text(run).utf8) }
      if registry.isClosed { return nil }
      wait(0.1)
    }
    return Array(": still there\n\n".utf8)
  }

  /// One event: `progress`, or the name of how it ended.
  static func text(_ run: Run) -> String {
    var json = JSONWriter()
    json.object { json in
      json.key("id")
      json.integer(run.id)
      json.key("state")
      json.string(run.state.rawValue)
      json.key("done")
      json.integer(run.done)
      json.key("total")
      json.integer(run.total)
    }
    let name = run.state == .waiting || run.state == .running ? "progress" : run.state.rawValue
    return "event: \(name)\ndata: \(json.text)\n\n"
  }
}
