import Planning
import Quantities
import Simulating
import Synchronization

/// Where a simulation stands.
public enum RunState: String, Sendable, CaseIterable { case waiting, running, done, cancelled, failed }

/// A simulation that was started from the dashboard: the plan's own policy over many sampled futures.
public struct Run: Sendable {
  public var id: Int
  public var service: String
  public var question: WhatIf
  /// Futures to simulate, and simulated.
  public var total: Int
  public var done: Int
  public var state: RunState
  public var started: Timestamp
  public var ended: Timestamp?
  /// Nil until it is done.
  public var futures: SimulatedFutures?
  /// Why it failed, or an empty text.
  public var problem: String
}

/// The simulations of a dashboard: some run, some wait, the last ones are kept.
public final class RunRegistry: Sendable {
  private struct Entry {
    var run: Run
    var isCancelled = false
  }
  private struct State {
    var entries: [Int: Entry] = [:]
    var next = 1
    var isClosed = false
  }
  private let state = Mutex(State())
  private let workers: any Workers
  private let clock: @Sendable () -> Timestamp

  /// Futures of each core between two looks at whether to go on.
  static let chunk = 4
  /// One uses all cores; the others wait.
  static let mostRunning = 1
  static let mostWaiting = 8
  static let mostKept = 50

  init(workers: any Workers, clock: @escaping @Sendable () -> Timestamp) {
    self.workers = workers
    self.clock = clock
  }

  /// Every run that is known, the latest first.
  public func list() -> [Run] { state.withLock { $0.entries.values.map(\.run) }.sorted { $0.id > $1.id } }
  /// A run by its number.
  public func run(_ id: Int) -> Run? { state.withLock { $0.entries[id]?.run } }

  /// Starts a simulation, or lets it wait for those before it.
  ///
  /// - Throws: 429 where too many wait.
  func start(
    _ entry: ServiceEntry, _ question: WhatIf, outcome: PlanOutcome, futures: Int
  ) throws(Problem) -> Run {
    let now = clock()
    let run = state.withLock { state -> Run? in
      let waiting = state.entries.values.filter { $0.run.state == .waiting }.count
      guard waiting < Self.mostWaiting, !state.isClosed else { return nil }
      let run = Run(
        id: state.next, service: entry.name, question: question, total: futures, done: 0, state: .waiting, started: now,
        ended: nil, futures: nil, problem: "")
      state.next += 1
      state.entries[run.id] = Entry(run: run)
      forget(&state)
      return run
    }
    guard let run else {
      throw Problem(
        429, "Too many requests", "\(Self.mostWaiting) simulations wait already. Cancel one, or ask again later.",
        headers: [Request.Field("Retry-After", "10")])
    }
    let isStarted = Thread.start { self.perform(run.id, outcome, seed: entry.seed) }
    if !isStarted { finish(run.id, .failed, nil, "there is no thread for it; try again") }
    return run
  }

  /// Asks a run to end. - Returns: nil where there is no such run.
  func cancel(_ id: Int) -> Run? {
    state.withLock { state in
      guard var entry = state.entries[id] else { return nil }
      if entry.run.state == .waiting || entry.run.state == .running {
        entry.isCancelled = true
        if entry.run.state == .waiting { entry.run.state = .cancelled }
        state.entries[id] = entry
      }
      return entry.run
    }
  }

  /// Cancels a run and lets go of it.
  func forget(_ id: Int) { state.withLock { $0.entries[id] = nil } }

  /// Cancels everything and takes no more.
  public func close() {
    state.withLock { state in
      state.isClosed = true
      for id in state.entries.keys {
        state.entries[id]?.isCancelled = true
        if state.entries[id]?.run.state == .waiting { state.entries[id]?.run.state = .cancelled }
      }
    }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  // MARK: On the run's own thread

  private func perform(_ id: Int, _ outcome: PlanOutcome, seed: UInt64) {
    while !begin(id) {
      if isOver(id) { return finish(id, .cancelled, nil, "") }
      Thread.sleep(seconds: 0.05)
    }
    guard let total = run(id)?.total else { return }
    let workers = workers
    let futures = outcome.plan.currency.shown {
      Planner.futures(of: outcome, count: total, seed: seed) { count, transform in
        var totals: [RunTotals] = []
        var from = 0
        while from < count, !isOver(id) {
          let first = from
          let size = min(Self.chunk * max(1, workers.count), count - first)
          totals += workers.map(size) { transform(first + $0) }
          from += size
          let done = from
          state.withLock { $0.entries[id]?.run.done = done }
        }
        return totals
      }
    }
    if isOver(id) { return finish(id, .cancelled, nil, "") }
    guard let futures else {
      return finish(id, .failed, nil, "the plan states its traffic, so that there is no forecast to draw futures from")
    }
    finish(id, .done, futures, "")
  }

  /// Whether its turn has come: the earliest that waits, where nothing runs.
  private func begin(_ id: Int) -> Bool {
    state.withLock { state in
      let running = state.entries.values.filter { $0.run.state == .running }.count
      let first = state.entries.values.filter { $0.run.state == .waiting }.map(\.run.id).min()
      guard running < Self.mostRunning, first == id else { return false }
      state.entries[id]?.run.state = .running
      return true
    }
  }

  private func isOver(_ id: Int) -> Bool { state.withLock { $0.entries[id]?.isCancelled ?? true } }

  private func finish(_ id: Int, _ end: RunState, _ futures: SimulatedFutures?, _ problem: String) {
    let now = clock()
    state.withLock { state in
      state.entries[id]?.run.state = end
      state.entries[id]?.run.futures = futures
      state.entries[id]?.run.problem = problem
      state.entries[id]?.run.ended = now
    }
  }

  /// Lets go of the oldest that have ended.
  private func forget(_ state: inout State) {
    let ended = state.entries.values.map(\.run).filter { $0.state != .waiting && $0.state != .running }.map(\.id)
      .sorted()
    for id in ended.prefix(max(0, state.entries.count - Self.mostKept)) { state.entries[id] = nil }
  }
}
