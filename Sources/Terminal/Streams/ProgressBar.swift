import Glibc
import Synchronization

/// How far long work has come: one line that is redrawn on a terminal, a plain line now and then in a log.
///
/// May be advanced from several threads.
public final class ProgressBar: Sendable {
  /// 100 ms: ten pictures a second look alive; more cost time and flicker.
  private static let redrawInterval = Duration.milliseconds(100)
  /// 10 s: six lines a minute show life in a log without filling it.
  private static let lineInterval = Duration.seconds(10)

  private struct State {
    var count = 0.0
    var shown: Duration?
    var hasLine = false
    var isFinished = false
  }

  private let label: String
  private let total: Double?
  private let unit: String
  private let console: Console
  private let isWatched: Bool
  private let clock: @Sendable () -> Duration
  private let start: Duration
  private let state = Mutex(State())

  /// Begins now.
  ///
  /// - Parameters:
  ///   - label: what is going on: "simulating".
  ///   - total: the count at the end, or nil where it is not known.
  ///   - unit: what is counted, for the rate: "events".
  ///   - isWatched: whether a terminal shows the messages; nil asks the console.
  ///   - clock: time passed since any fixed moment.
  public init(
    _ label: String, total: Double?, unit: String = "", on console: Console, isWatched: Bool? = nil,
    clock: @escaping @Sendable () -> Duration = ProgressBar.monotonic
  ) {
    self.label = label
    self.total = total.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
    self.unit = unit
    self.console = console
    self.isWatched = isWatched ?? console.isWatched
    self.clock = clock
    start = clock()
  }

  /// The system's monotonic clock.
  public static let monotonic: @Sendable () -> Duration = {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
  }

  /// Counts further.
  public func advance(by amount: Double = 1) {
    step { $0 + amount }
  }

  /// Sets the count.
  public func update(to count: Double) {
    step { _ in count }
  }

  /// Clears the line; in a log that has lines already, tells how long it took.
  public func finish() {
    if console.isQuiet { return }
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      if isWatched {
        console.messages.clearTransient()
      } else if state.hasLine {
        console.note("\(label): done in \(ProgressBar.text(clock() - start)).")
      }
    }
  }

  private func step(_ next: (Double) -> Double) {
    if console.isQuiet { return }
    state.withLock { state in
      let count = next(state.count)
      if count.isFinite { state.count = max(0, count) }
      guard !state.isFinished else { return }
      let now = clock()
      // On a terminal the first picture comes at once; in a log nothing is said about short work.
      let due =
        isWatched
        ? state.shown.map { $0 + ProgressBar.redrawInterval } : (state.shown ?? start) + ProgressBar.lineInterval
      if let due, now < due { return }
      state.shown = now
      state.hasLine = true
      if isWatched {
        console.messages.writeTransient(picture(state.count, elapsed: now - start))
      } else {
        console.note("\(label): " + facts(state.count, elapsed: now - start).joined(separator: ", "))
      }
    }
  }

  private func picture(_ count: Double, elapsed: Duration) -> String {
    // The last column stays free: some terminals wrap when it is written.
    let width = console.messageWidth - 1
    let facts = facts(count, elapsed: elapsed).joined(separator: "  ")
    let room = min(30, width - DisplayWidth.of(label) - DisplayWidth.of(facts) - 4)
    guard let total, room >= 5 else { return DisplayWidth.prefix("\(label)  \(facts)", columns: width).text }
    let filled = Int(min(1, count / total) * Double(room))
    let signs = console.messageStyle.isUnicode ? ("█", "░") : ("#", ".")
    let bar = String(repeating: signs.0, count: filled) + String(repeating: signs.1, count: room - filled)
    return "\(label)  \(bar)  \(facts)"
  }

  /// Percent, rate and what is left, as far as they are known.
  private func facts(_ count: Double, elapsed: Duration) -> [String] {
    let seconds = max(0, elapsed / .seconds(1))
    let rate = seconds > 0 ? count / seconds : 0
    // Of a work of one piece only its share is known: so much of it a second tells nobody anything.
    let rateText = rate > 0 && total != 1 ? ["\(CompactNumber.text(rate))\(unit.isEmpty ? "" : " \(unit)")/s"] : []
    guard let total else { return [CompactNumber.text(count) + (unit.isEmpty ? "" : " \(unit)")] + rateText }
    let share = min(1, count / total)
    var facts = ["\(Int(share * 100)) %"] + rateText
    // Beyond 1000 days nobody waits, and the number is noise.
    if rate > 0, share < 1, (total - count) / rate < 86_400_000 {
      facts.append("\(ProgressBar.text(.seconds((total - count) / rate))) left")
    }
    return facts
  }

  /// `8 s`, `2 min 05 s`, `3 h 07 min`.
  static func text(_ duration: Duration) -> String {
    let seconds = max(
      0, Int(duration.components.seconds) + (duration.components.attoseconds >= 500_000_000_000_000_000 ? 1 : 0))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
    return "\(seconds / 3600) h \(two(seconds / 60 % 60)) min"
  }
}
