import Glibc
import Quantities
import Wire

/// Loads a service from its very beginning and tells the cold part from the steady state.
public struct ColdStartTest: Sendable {
  public var target: LoadTarget
  public var settings: LoadSettings
  /// The same requests with a connection each, to measure what connecting costs; nil to leave that out.
  public var fresh: LoadTarget?
  /// A shell command that starts the service; nil where it runs already.
  public var command: String?
  /// How long the command has until it takes connections.
  public var patience: Duration = .minutes(5)

  /// - Parameter settings: an open loop without warm-up, since the warming up is what is looked at.
  public init(_ target: LoadTarget, _ settings: LoadSettings, fresh: LoadTarget? = nil, command: String? = nil) {
    self.target = target
    self.settings = settings
    self.fresh = fresh
    self.command = command
  }

  /// Starts the service where there is a command, loads it on the calling thread, and ends what it has started.
  /// - Parameter onListening: hears how long the service took to take connections, in seconds.
  public func run(
    isInterrupted: () -> Bool = { false }, onSecond: (LoadSecond) -> Void = { _ in },
    onListening: (Double) -> Void = { _ in }
  ) throws(LoadTestingError) -> ColdStartResult {
    guard case .open = settings.pattern else {
      throw LoadTestingError(
        .badSettings, "a closed loop waits for a cold service and so asks it little", remedy: "leave out --closed")
    }
    try settings.check()
    if command != nil, StartedService.isListening(target.endpoint) {
      throw LoadTestingError(
        .badSettings, "somebody listens at \(target.endpoint) already", remedy: "end that service, or leave out --start"
      )
    }
    let start = Monotonic.now()
    var service: StartedService?
    if let command { service = try StartedService(command: command) }
    defer { service?.end() }
    var listening: Double?
    if let service {
      listening = try wait(for: service, since: start, isInterrupted)
      if let listening { onListening(listening) }
    }
    var settings = settings
    settings.keepsOutcomes = true
    settings.warmup = .zero
    var began: Int64?
    let load = try LoadTest(target, settings).run(
      isInterrupted: {
        if began == nil { began = Monotonic.now() }
        return isInterrupted()
      }, onSecond: onSecond)
    let offset = service == nil ? 0 : Double((began ?? start) &- start) / 1e9
    var result = ColdStartResult(load, offset: offset)
    result.timeToListening = listening
    if let fresh, !isInterrupted(), result.load.ok > 0 {
      result.keptConnection = try typical(target, isInterrupted)
      result.newConnection = try typical(fresh, isInterrupted)
    }
    return result
  }

  private func wait(
    for service: StartedService, since start: Int64, _ isInterrupted: () -> Bool
  ) throws(LoadTestingError) -> Double? {
    while !isInterrupted() {
      if StartedService.isListening(target.endpoint) { return Double(Monotonic.now() &- start) / 1e9 }
      if let status = service.ended() {
        throw LoadTestingError(
          .unreachable, "the command ended with status \(status) before anybody listened at \(target.endpoint)",
          remedy: "try it by hand, and keep the service in the foreground")
      }
      guard Monotonic.now() &- start < patience.nanoseconds else {
        throw LoadTestingError(
          .unreachable, "nobody listened at \(target.endpoint) within \(NumberFormat.duration(patience))",
          remedy: "check the address, or give it longer with --patience")
      }
      usleep(2_000)
    }
    return nil
  }

  /// Seconds at P50 of a warm service, one request behind the other.
  private func typical(_ target: LoadTarget, _ isInterrupted: () -> Bool) throws(LoadTestingError) -> Double? {
    let settings = LoadSettings(
      .closed(duration: .seconds(1), think: .milliseconds(10)), connections: 1, timeout: settings.timeout,
      warmup: .milliseconds(100), limits: settings.limits)
    let result = try LoadTest(target, settings).run(isInterrupted: isInterrupted)
    return result.service.quantile(0.5)
  }
}
