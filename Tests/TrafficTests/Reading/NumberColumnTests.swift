import Quantities
import Testing

@testable import Traffic

/// A cell is a number, a gap or a diagnostic; how numbers are written is told by the whole column.
@Suite struct NumberColumnTests {
  static let semicolon = "time;rps"

  @Test(
    "numbers are read as their column writes them",
    arguments: [
      // Grafana's "short" unit: K, Mil, Bil; formatted exports carry it.
      (["1.22K", "998", "2.5 K", "1 Mil"], ",", [1220.0, 998, 2500, 1_000_000]),
      (["1.2 K req/s", "45 req/s", "0", "3 reqps"], ",", [1200, 45, 0, 3]),
      (["120 req/min", "60 req/min"], ",", [2, 1]),
      (["12.5%", "30 %"], ",", [12.5, 30]),
      // Times stay in the unit of the first.
      (["980 ms", "1.02 s", "250 us"], ",", [980, 1020, 0.25]),
      (["1 KiB", "2 kB"], ",", [1024, 2000]),
      (["\"1,014.0\"", "\"998.5\"", "\"12,345.5\""], ",", [1014, 998.5, 12345.5]),
      (["\"1,014\"", "998", "\"1,234,567\""], ",", [1014, 998, 1_234_567]),
      // Indian grouping.
      (["\"12,34,567.5\"", "7"], ",", [1_234_567.5, 7]),
      (["1,5", "2,25", "1.014,0"], ";", [1.5, 2.25, 1014]),
      (["1.361", "998", "1.002"], ";", [1361, 998, 1002]),
      (["1.361", "0.5", "1.002"], ";", [1.361, 0.5, 1.002]),
      (["1.361", "12345"], ";", [1.361, 12345]),
      (["1.361", "2.002"], "\t", [1.361, 2.002]),
      (["1\u{202F}014,5", "998,0", "2 000,25"], ";", [1014.5, 998, 2000.25]),
      (["1'014.5", "1\u{2019}200.25"], ",", [1014.5, 1200.25]),
      (["1.5e3", "+7", "\u{2212}0"], ",", [1500, 7, 0]),
    ] as [([String], String, [Double])])
  func written(cells: [String], separator: String, expected: [Double]) throws {
    let text = Reading.hours(cells, head: "time\(separator)rps", separator: separator)
    let values = try Reading.one(text).series.rawValues
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) }, "\(values)")
    #expect(values.count == expected.count)
  }

  @Test("where decimals and thousands look alike, it is asked, and the answer is taken")
  func open() throws {
    let text = Reading.hours(["1.361", "2.002", "3.500"], head: Self.semicolon, separator: ";")
    #expect(Reading.refusal(text).contains("--decimal '.' or --decimal ','"))
    var options = TraceOptions()
    options.decimal = .comma
    #expect(try Reading.one(text, SeriesSelection(), options).series.rawValues == [1361, 2002, 3500])
    options.decimal = .point
    #expect(try Reading.one(text, SeriesSelection(), options).series.rawValues == [1.361, 2.002, 3.5])
  }

  @Test(
    "the usual words for no value are gaps",
    arguments: ["", "null", "NaN", "-", "NA", "N/A", "#N/A", "None", "nil", "\\N"])
  func gap(word: String) throws {
    let trace = try Reading.one(Reading.hours(["1", word, "3"]))
    #expect(trace.series.gapCount == 1 && trace.series.rawValues[0] == 1 && trace.series.rawValues[2] == 3)
    #expect(trace.report.nonNumeric.lines == [3])
  }

  @Test(
    "what is no number is told with line and column, never taken for a gap",
    arguments: ["oops", "1.2.3", "1,2,3x", "5 parsecs", "1e999", "inf", "0x1F", "12:30", "5m"])
  func unreadable(word: String) throws {
    let text = Reading.hours(["1", "2", "\"\(word)\"", "4", "5"])
    let told = Reading.refusal(text)
    #expect(told.contains(":4:23: error: '\(word)' in column 'rps'"), "\(told)")
    #expect(told.contains("--skip-unreadable"))
    var options = TraceOptions()
    options.skipsUnreadable = true
    let trace = try Reading.one(text, SeriesSelection(), options)
    #expect(trace.series.gapCount == 1)
    #expect(trace.report.reading.skipped == 1)
    #expect(trace.report.reading.line.contains("1 rows that cannot be read were left out"))
    #expect(trace.report.notes.contains { $0.severity == .warning && $0.because.contains("line 4") })
  }

  @Test("an unquoted decimal comma makes rows of another length: told with the remedy, not left out")
  func ragged() {
    let told = Reading.refusal(Reading.hours(["1,5", "2", "3"]))
    #expect(told.contains("the row has 3 fields") && told.contains("decimal comma"))
  }

  @Test("numbers of two units in one column are refused")
  func mixed() {
    #expect(Reading.refusal(Reading.hours(["5 ms", "7 %"])).contains("in another unit than 'ms'"))
  }

  @Test(
    "the unit in a column's name counts",
    arguments: [("Requests (K/s)", 1500.0), ("requests per minute", 0.025), ("load [1/min]", 0.025)])
  func header(name: String, expected: Double) throws {
    let text = Reading.hours(["1.5", "1.5"], head: "time,\(name)")
    #expect(abs((try Reading.one(text).series.rawValues[0]) - expected) < 1e-12 * expected)
  }
}
