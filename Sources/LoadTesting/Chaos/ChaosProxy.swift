import Quantities
import Wire

/// A TCP proxy that makes the network between clients and a service as bad as a schedule says, and that signals
/// processes which the user has named.
///
/// What is drawn at random, jitter and which connections are reset, comes from the seed and the number of the connection
/// alone.
public struct ChaosProxy: Sendable {
  public struct Settings: Sendable {
    public var listenHost: String
    /// 0 is any that is free.
    public var listenPort: Int
    public var schedule: FaultSchedule
    public var seed: UInt64 = 1
    /// Nil until it is interrupted.
    public var duration: Duration?
    public var clients = 10_000

    public init(listenHost: String = "127.0.0.1", listenPort: Int = 0, _ schedule: FaultSchedule) {
      self.listenHost = listenHost
      self.listenPort = listenPort
      self.schedule = schedule
    }
  }
  public let settings: Settings
  let service: Endpoint
  let listener: Listener
  let processes: [Int: ProcessHandle]

  /// Begins to listen, and takes hold of the processes that will be signalled.
  /// - Parameter service: only its address counts.
  /// - Throws: also where one of the processes may not be signalled; all that are wrong are named.
  public init(to service: LoadTarget, _ settings: Settings) throws(LoadTestingError) {
    var held: [Int: ProcessHandle] = [:]
    var problems: [Int: WireError] = [:]
    for fault in settings.schedule.faults {
      guard case .signal(_, let pid) = fault.kind, held[pid] == nil, problems[pid] == nil else {
        continue
      }
      do throws(WireError) {
        held[pid] = try ProcessHandle.named(pid)
      } catch {
        problems[pid] = error
      }
    }
    let named = problems.sorted { $0.key < $1.key }.map(\.value)
    if let first = named.first {
      throw LoadTestingError(.badSettings, named.map(\.problem).joined(separator: "; "), remedy: first.remedy)
    }
    guard settings.clients > 0 else {
      throw LoadTestingError(.badSettings, "a proxy needs clients", remedy: "allow one or more")
    }
    processes = held
    self.settings = settings
    self.service = service.endpoint
    do {
      listener = try Listener.listening(host: settings.listenHost, port: settings.listenPort)
    } catch {
      throw LoadTestingError(.badSettings, error.problem, remedy: error.remedy)
    }
  }

  /// The port that clients connect to.
  public var port: Int { listener.port }

  /// Passes bytes on the calling thread until it is interrupted or its time is over.
  /// - Parameter onFault: hears when a fault begins or ends, in a sentence.
  public func run(
    isInterrupted: () -> Bool = { false }, onFault: (String) -> Void = { _ in }
  ) throws(LoadTestingError) -> ChaosResult {
    let start = Monotonic.now()
    return try run(startedAt: { start }, isInterrupted: isInterrupted, onFault: onFault)
  }

  /// - Parameter startedAt: when the schedule's time began, in nanoseconds of the monotonic clock; nil before that.
  func run(
    startedAt: () -> Int64?, isInterrupted: () -> Bool, onFault: (String) -> Void
  ) throws(LoadTestingError) -> ChaosResult {
    defer { listener.end() }
    let engine = try ChaosEngine(self)
    return engine.run(startedAt: startedAt, isInterrupted: isInterrupted, onFault: onFault)
  }
}
