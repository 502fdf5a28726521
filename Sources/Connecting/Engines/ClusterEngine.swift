import Documents

/// What runs a job's tasks on many machines: a file in Engines/, listed in ``EngineList``.
public protocol ClusterEngine: Sendable {
  /// `"slurm"`.
  var name: String { get }
  /// One sentence: what it needs and what it does.
  var summary: String { get }
  /// Settings, given as `--set NAME=VALUE`.
  var parameters: [ExporterDescriptor.Parameter] { get }
  /// Whether tasks run a program of this machine's path, rather than one of an image.
  var usesOwnProgram: Bool { get }

  /// The most tasks in one job.
  func mostTasks() -> Int
  /// Hands tasks in.
  ///
  /// - Returns: the engine's own name for them, or what to do by hand where it is not here.
  func submit(_ job: ClusterJob, _ tasks: [Int]) throws(ConnectingError) -> Submitted
  /// Which tasks of a job wait or run.
  func alive(_ job: ClusterJob) throws(ConnectingError) -> Set<Int>
  /// Takes back what waits or runs.
  func cancel(_ job: ClusterJob) throws(ConnectingError)
}

/// What became of handing in.
public enum Submitted: Sendable, Hashable {
  case running(id: String)
  /// The engine's own program is not here.
  case byHand(String)
}

extension ClusterEngine {
  public var usesOwnProgram: Bool { true }
  public func mostTasks() -> Int { 1000 }
}

/// Engines, in the order in which help and reference show them.
public enum EngineList {
  public static let all: [any ClusterEngine] = [SlurmEngine(), KubernetesEngine()]
  public static func named(_ name: String) -> (any ClusterEngine)? { all.first { $0.name == name } }
}

/// Follows a job to its end: what is lost is handed in again, as often as its retries say.
public struct ClusterWatch {
  public let job: ClusterJob
  private let engine: any ClusterEngine
  /// Tasks that neither ran nor were done at the last look: only who is lost twice is lost, for a file may come late
  /// over the network.
  private var missing: Set<Int> = []

  /// Where a job stands.
  public enum State: Sendable {
    /// So many tasks are done; tasks that were lost and handed in again just now.
    case going(done: Int, again: [Int])
    case done
    /// Tasks that were lost too often, with their last words.
    case failed([(task: Int, words: String?)])
    case byHand(String)
  }

  public init(_ job: ClusterJob) throws(ConnectingError) {
    guard let engine = EngineList.named(job.engine) else {
      throw ConnectingError(.badRequest, "there is no engine '\(job.engine)'", remedy: "name slurm or kubernetes")
    }
    self.job = job
    self.engine = engine
  }

  /// Looks once, and hands in what is to be handed in.
  public mutating func look() throws(ConnectingError) -> State {
    // Who runs is asked first: a task that ends in between is then done, and never taken for lost.
    let submissions = job.submissions
    let alive = submissions.isEmpty ? [] : try engine.alive(job)
    let open = job.open
    if open.isEmpty { return .done }
    if submissions.isEmpty { return try submit(open, done: job.tasks - open.count) }
    let lost = Set(open).subtracting(alive)
    let again = lost.intersection(missing).sorted()
    missing = lost
    guard !again.isEmpty else { return .going(done: job.tasks - open.count, again: []) }
    let tries = Dictionary(grouping: submissions.flatMap(\.tasks), by: { $0 }).mapValues(\.count)
    let spent = again.filter { (tries[$0] ?? 0) > job.retries }
    guard spent.isEmpty else {
      return .failed(spent.map { ($0, job.lastWords(of: $0)) })
    }
    missing = []
    return try submit(again, done: job.tasks - open.count)
  }

  private func submit(_ tasks: [Int], done: Int) throws(ConnectingError) -> State {
    switch try engine.submit(job, tasks) {
    case .running(let id):
      try job.note(ClusterJob.Submission(id: id, tasks: tasks))
      return .going(done: done, again: job.submissions.count > 1 ? tasks : [])
    case .byHand(let words): return .byHand(words)
    }
  }

  public func cancel() throws(ConnectingError) { try engine.cancel(job) }
}
