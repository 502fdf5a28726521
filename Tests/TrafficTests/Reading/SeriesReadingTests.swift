import Documents
import Glibc
import Quantities
import Testing

@testable import Traffic

/// What is wrong with one series of a file is its own: the others are read.
@Suite struct SeriesReadingTests {
  private static func each(_ text: String, _ selection: SeriesSelection) throws -> [SeriesReading] {
    let path = "/tmp/test-headroom-each-\(getpid())-\(UInt64.random(in: .min ... .max)).csv"
    let file = fopen(path, "w")
    fputs(text, file)
    fclose(file)
    defer { unlink(path) }
    return try TraceReader.readEach(path: path, selection)
  }

  /// Three services below each other, six hours each; the second with a cell of its own.
  private static func rows(_ cell: String, time: String? = nil) -> String {
    let start = Timestamp(secondsSinceEpoch: 1_772_409_600)
    var text = "time,service,rps\n"
    for h in 0..<6 {
      let moment = (start + .hours(Double(h))).iso8601
      text += "\(moment),a,\(10 + h)\n"
      text += "\(h == 3 ? time ?? moment : moment),b,\(h == 3 ? cell : "20")\n"
      text += "\(moment),c,\(30 + h)\n"
    }
    return text
  }

  @Test(
    "a cell, a time and a negative rate fail their own series, with their place",
    arguments: [
      ("many", nil, "'many' in column 'rps' is no number"), ("7 parsecs", nil, "has a unit that is not known"),
      ("-5", nil, "a rate cannot be negative"), ("5", "yesterday", "yesterday"),
    ] as [(String, String?, String)])
  func alone(cell: String, time: String?, told: String) throws {
    let found = try Self.each(Self.rows(cell, time: time), SeriesSelection(series: ["service"]))
    #expect(found.map(\.name) == ["a", "b", "c"])
    for (one, first) in zip(found, [10.0, nil, 30.0]) {
      switch one.series {
      case .success(let series): #expect(series.trace.series.rawValues.first == first)
      case .failure(let fault):
        #expect(first == nil && "\(fault)".contains(told), "\(fault)")
        #expect(fault.all.first?.location?.line == 12, "\(fault)")
      }
    }
    // Whoever needs every series is told the same.
    #expect(Reading.refusal(Self.rows(cell, time: time), SeriesSelection(series: ["service"])).contains(told))
  }

  @Test("series in rows fail alone, too")
  func transposed() throws {
    let times = (0..<6).map { (Timestamp(secondsSinceEpoch: 1_772_409_600) + .hours(Double($0))).iso8601 }
    let text =
      "service,\(times.joined(separator: ","))\na,1,2,3,4,5,6\nb,1,2,x,4,5,6\nc,7,8,9,10,11,12\n"
    let found = try Self.each(text, SeriesSelection())
    #expect(found.map(\.name) == ["a", "b", "c"])
    #expect(found.map { (try? $0.series.get()) != nil } == [true, false, true])
  }
}
