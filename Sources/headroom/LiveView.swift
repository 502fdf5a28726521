import LoadTesting
import Quantities
import Reporting
import Synchronization
import Terminal

/// What a running test does, second by second: some lines redrawn in place on a terminal, a plain line every few seconds
/// in a log, nothing under `--quiet`.
final class LiveView: Sendable {
  /// 5 s: a log of an hour has 720 lines.
  static let logInterval = 5

  private struct State {
    var seconds = 0
    var rates: [Double] = []
    var overall = LatencyCells()
    var completed = 0
    var errors = 0
    /// The widths of the lines that stand on the terminal, to know how many rows they take now.
    var drawn: [Int] = []
  }
  private let console: Console
  private let expected: Double
  private let state = Mutex(State())

  /// - Parameter expected: how long the test will take.
  init(_ console: Console, expected: Duration) {
    self.console = console
    self.expected = expected.seconds
  }

  func show(_ second: LoadSecond) {
    guard !console.isQuiet else { return }
    state.withLock { state in
      state.seconds = second.second + 1
      state.rates.append(Double(second.completed))
      if state.rates.count > 600 { state.rates.removeFirst(state.rates.count - 600) }
      state.overall.merge(second.latencies)
      state.completed += second.completed
      state.errors += second.errors
      if console.isWatched {
        // After Ctrl-C the handler's own line stands below: the view is taken away at the end, not drawn over it.
        if !Interruption.isRequested { redraw(lines(second, state), &state) }
      } else if second.second % Self.logInterval == Self.logInterval - 1 {
        console.messages.write(
          "\(second.second + 1) s: \(second.completed)/s answered, \(second.inFlight) under way, "
            + "\(second.errors) failed, P50 \(LoadWording.time(second.p50)), P99 \(LoadWording.time(second.p99))\n")
      }
    }
  }

  /// Takes the view away, so that the result stands where it stood.
  func end(wasInterrupted: Bool = false) {
    guard !console.isQuiet, console.isWatched else { return }
    state.withLock { state in
      guard !state.drawn.isEmpty else { return }
      // The handler of Ctrl-C has written a line break, its sentence of 64 columns, and another line break.
      let below = wasInterrupted ? 1 + (64 + width - 1) / width : 0
      console.messages.redraw(erasing(state.drawn, below: below))
      state.drawn = []
      if wasInterrupted { console.messages.write("Stopped after \(state.seconds) s. What there is:\n") }
    }
  }

  private func lines(_ second: LoadSecond, _ state: State) -> [String] {
    let style = console.messageStyle
    let left = max(0, expected - Double(state.seconds))
    let progress =
      expected > 0 && expected.isFinite
      ? "\(clock(Double(state.seconds))) of \(clock(expected)), \(clock(left)) left" : clock(Double(state.seconds))
    func spectrum(_ quantile: (Double) -> Double?) -> String {
      [(0.5, "P50"), (0.9, "P90"), (0.99, "P99")].map { "\($0.1) \(padded(quantile($0.0)))" }.joined(separator: "  ")
    }
    let failed = state.errors > 0 ? style(.bad, "\(state.errors) failed") : "0 failed"
    let spark = Sparkline.text(state.rates, width: max(8, min(60, width - 22)), style: style)
    return [
      style(.bold, "\(second.completed)/s answered") + ", \(second.offered)/s due, \(second.inFlight) under way, "
        + "\(failed)",
      "last second  \(spectrum { second.latencies.quantile($0) })  max \(padded(second.maximum))",
      "overall      \(spectrum { state.overall.quantile($0) })",
      "answered/s   " + spark, progress + "; Ctrl-C stops and reports",
    ]
  }

  private var width: Int { max(20, console.messages.terminalWidth ?? console.messageWidth) }

  private func redraw(_ lines: [String], _ state: inout State) {
    let columns = width - 1
    // Cut where they would wrap: what is in place has one row a line. Colour codes take no columns.
    let cut = lines.map { line in
      DisplayWidth.of(line) <= columns ? line : DisplayWidth.prefix(Self.plain(line), columns: columns).text
    }
    console.messages.redraw(erasing(state.drawn, below: 0), cut.joined(separator: "\n"))
    state.drawn = cut.map { DisplayWidth.of($0) }
  }

  /// The way back to the first of the lines that stand there, with everything below taken away. A terminal that was made
  /// narrower in between has folded them into more rows.
  private func erasing(_ drawn: [Int], below: Int) -> String {
    guard !drawn.isEmpty else { return "" }
    let columns = width
    let rows = drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) } - 1 + below
    return "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\u{1B}[J"
  }

  private static func plain(_ line: String) -> String {
    var result = ""
    var isCode = false
    for c in line.unicodeScalars {
      if c == "\u{1B}" { isCode = true } else if isCode { isCode = c != "m" } else { result.unicodeScalars.append(c) }
    }
    return result
  }
  private func padded(_ seconds: Double?) -> String {
    let text = LoadWording.time(seconds)
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
  private func clock(_ seconds: Double) -> String {
    let whole = Int(min(1e9, max(0, seconds.rounded())))
    if whole < 60 { return "\(whole) s" }
    return "\(whole / 60):" + (whole % 60 < 10 ? "0" : "") + "\(whole % 60)"
  }
}
