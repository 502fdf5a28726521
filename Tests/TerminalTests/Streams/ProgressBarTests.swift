import Synchronization
import Terminal
import Testing

@Suite struct ProgressBarTests {
  /// A clock that stands until it is set.
  final class Clock: Sendable {
    private let now = Mutex(Duration.zero)
    func set(_ seconds: Double) { now.withLock { $0 = .seconds(seconds) } }
    var read: @Sendable () -> Duration { { self.now.withLock { $0 } } }
  }

  private let clock = Clock()

  private func console(isQuiet: Bool = false, columns: Int = 70, language: String = "C.UTF-8") -> Console {
    Console(
      result: .memory(), messages: .memory(), isQuiet: isQuiet,
      environment: Environment(["COLUMNS": "\(columns)", "LANG": language]))
  }

  private func bar(on console: Console, total: Double? = 200, isWatched: Bool = true) -> ProgressBar {
    ProgressBar("simulating", total: total, unit: "events", on: console, isWatched: isWatched, clock: clock.read)
  }

  @Test("draws one line with percent, rate and what is left")
  func line() {
    let console = console()
    let bar = bar(on: console)
    clock.set(2)
    bar.advance(by: 50)
    #expect(
      console.messages.contents == "\rsimulating  ███████░░░░░░░░░░░░░░░░░░░░░  25 %  25 events/s  6 s left\u{1B}[K")
  }

  @Test("uses plain signs where the terminal shows ASCII only")
  func ascii() {
    let console = console(columns: 50, language: "C")
    let bar = bar(on: console)
    clock.set(2)
    bar.advance(by: 100)
    #expect(console.messages.contents == "\rsimulating  ####....  50 %  50 events/s  2 s left\u{1B}[K")
  }

  @Test("fits the terminal", arguments: [20, 30, 45, 80, 200])
  func fits(columns: Int) {
    let console = console(columns: columns)
    let bar = bar(on: console)
    clock.set(3)
    bar.advance(by: 77)
    let shown = console.messages.contents.dropFirst().dropLast(3)
    #expect(DisplayWidth.of(shown) < columns)
  }

  @Test("redraws ten times a second at most")
  func redraws() {
    let console = console()
    let bar = bar(on: console)
    for step in 0..<100 {
      clock.set(Double(step) / 100)
      bar.advance()
    }
    // At 0.00, 0.10, ... 0.90 seconds.
    #expect(console.messages.contents.filter { $0 == "\r" }.count == 10)
  }

  @Test("gives way to a message, and leaves no trace in the end")
  func givesWay() {
    let console = console()
    let bar = bar(on: console, total: nil)
    bar.advance(by: 3)
    console.warn("Hot. Cool it.")
    clock.set(1)
    bar.advance(by: 1)
    bar.finish()
    #expect(
      console.messages.contents
        == "\rsimulating  3 events\u{1B}[K\r\u{1B}[KWarning: Hot. Cool it.\n\rsimulating  4 events  4 events/s\u{1B}[K\r\u{1B}[K"
    )
  }

  @Test("writes a plain line every ten seconds in a log")
  func log() {
    let console = console()
    let bar = bar(on: console, total: 60, isWatched: false)
    for second in 1...25 {
      clock.set(Double(second))
      bar.advance()
    }
    bar.finish()
    bar.finish()
    #expect(
      console.messages.contents == """
        simulating: 16 %, 1 events/s, 50 s left
        simulating: 33 %, 1 events/s, 40 s left
        simulating: done in 25 s.

        """)
  }

  @Test("says nothing about short work in a log")
  func shortWork() {
    let console = console()
    let bar = bar(on: console, isWatched: false)
    clock.set(9)
    bar.advance(by: 200)
    bar.finish()
    #expect(console.messages.contents.isEmpty)
  }

  @Test("is silent under --quiet", arguments: [true, false])
  func quiet(isWatched: Bool) {
    let console = console(isQuiet: true)
    let bar = bar(on: console, isWatched: isWatched)
    clock.set(60)
    bar.advance(by: 10)
    bar.finish()
    #expect(console.messages.contents.isEmpty)
  }

  @Test("bears any count", arguments: [Double.nan, .infinity, -5, 0, 1e300])
  func anyCount(count: Double) {
    let console = console()
    for total in [count, 10] {
      let bar = bar(on: console, total: total)
      clock.set(1)
      bar.update(to: count)
      clock.set(0.5)
      bar.update(to: 3)
      bar.finish()
    }
    #expect(!console.messages.contents.contains("nan"))
  }

  @Test(
    "writes long times in the units people think in",
    arguments: [(100.0, "1 min 40 s"), (3600, "1 h 00 min"), (11_220, "3 h 07 min"), (1e7, "2777 h 46 min")])
  func times(seconds: Double, text: String) {
    let console = console()
    let bar = bar(on: console, total: seconds + 10, isWatched: false)
    clock.set(10)
    bar.update(to: 10)
    #expect(console.messages.contents.hasSuffix(", \(text) left\n"))
  }
}
