import Glibc
import Quantities
import Terminal

/// The one place where the command reads the clock.
enum Clock {
  static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanosecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Lets some seconds pass; a signal ends it early.
  static func sleep(_ seconds: Double) {
    let clamped = min(max(0, seconds.isFinite ? seconds : 0), 3600)
    var time = timespec(tv_sec: Int(clamped), tv_nsec: Int((clamped - clamped.rounded(.down)) * 1e9))
    nanosleep(&time, nil)
  }

  /// `--now`, or the clock's time.
  static func moment(_ common: SharedOptions) throws -> (now: Timestamp, isGiven: Bool) {
    guard let text = common.now else { return (now(), false) }
    guard let time = Timestamp(iso8601: text) else {
      throw Failure(
        ["'\(text)' is not a time. Write --now 2026-07-01 or --now 2026-07-01T00:00Z."], exitCode: .usage)
    }
    return (time, true)
  }
}

extension Failure {
  init(_ sentence: String, exitCode: ExitCode) { self.init([sentence], exitCode: exitCode) }
}
