import Quantities
import Wire

/// A load test: a service and how to load it.
///
///     let target = try LoadTarget(url: "http://127.0.0.1:8080/")
///     let schedule = ArrivalSchedule(.constant(.perSecond(1000), for: .seconds(10)), spacing: .poisson, seed: 1)
///     let result = try LoadTest(target, LoadSettings(.open(schedule))).run()
public struct LoadTest: Sendable {
  public var target: LoadTarget
  public var settings: LoadSettings

  public init(_ target: LoadTarget, _ settings: LoadSettings) {
    self.target = target
    self.settings = settings
  }

  /// Runs the test on the calling thread.
  /// - Parameters:
  ///   - isInterrupted: looked at many times a second; once it says true no new request is sent, and the result is
  ///     that of the test so far.
  ///   - onSecond: hears of each second that has passed, while the test goes on: be quick.
  public func run(
    isInterrupted: () -> Bool = { false }, onSecond: (LoadSecond) -> Void = { _ in }
  ) throws(LoadTestingError) -> LoadResult {
    var engine = try LoadEngine(target, settings)
    return engine.run(isInterrupted: isInterrupted, onSecond: onSecond)
  }

  /// Gives back the code that has been used so far, as a test does before it begins: where the first thing that a program
  /// does is this, what its loading touched (5 MB of it) is not in memory beside what a test touches.
  public static func releaseLoadedCode() { ProcessMemory.releaseCode() }
}
