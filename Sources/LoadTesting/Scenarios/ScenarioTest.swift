import Quantities

/// A load test whose sessions follow a scenario: they arrive on a schedule, whatever the service does, and each goes
/// through its steps.
public struct ScenarioTest: Sendable {
  public var scenario: Scenario
  public var target: LoadTarget
  public var limits: LoadLimits
  public var seed: UInt64

  public init(_ scenario: Scenario, target: LoadTarget, limits: LoadLimits = LoadLimits(), seed: UInt64 = 1) {
    self.scenario = scenario
    self.target = target
    self.limits = limits
    self.seed = seed
  }

  /// The arrivals of sessions.
  public var schedule: ArrivalSchedule {
    ArrivalSchedule(scenario.profile, spacing: scenario.spacing, seed: seed)
  }

  /// Runs the test on the calling thread.
  /// - Parameters:
  ///   - isInterrupted: looked at many times a second; once it says true no new request is sent.
  ///   - onSecond: hears of each second that has passed.
  public func run(
    isInterrupted: () -> Bool = { false }, onSecond: (LoadSecond) -> Void = { _ in }
  ) throws(LoadTestingError) -> (load: LoadResult, sessions: SessionFigures) {
    guard target.language != .grpc else {
      throw LoadTestingError(
        .badSettings, "a scenario is spoken in HTTP, not in gRPC",
        remedy: "write an http:// or https:// address, with --http2 for HTTP/2")
    }
    guard scenario.peakRequests <= limits.rate else {
      throw LoadTestingError(
        .aboveLimit, "its sessions send up to \(scenario.peakRequests), more than \(limits.rate)",
        remedy: "allow it with --max-rate \(scenario.peakRequests)")
    }
    let schedule = schedule
    var target = target
    let (requests, course) = try SessionCourse.make(scenario, target: target, schedule: schedule, seed: seed)
    target.requests = requests
    var settings = LoadSettings(
      .open(schedule), connections: scenario.connections, timeout: scenario.timeout, warmup: scenario.warmup,
      limits: limits)
    settings.streamsPerConnection = scenario.streams
    settings.keepsSessionConnections = scenario.keepsConnections
    var engine = try LoadEngine(target, settings, sessions: course)
    let result = engine.run(isInterrupted: isInterrupted, onSecond: onSecond)
    return (result, course.finish())
  }
}
