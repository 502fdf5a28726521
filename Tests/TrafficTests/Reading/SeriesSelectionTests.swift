import Quantities
import Testing

@testable import Traffic

@Suite struct SeriesSelectionTests {
  static let wide = "Time,api,web\n2026-03-02T00:00:00Z,1,10\n2026-03-02T01:00:00Z,2,20\n2026-03-02T02:00:00Z,3,30\n"
  static let long = (0..<6).map { hour in
    ["eu", "us"].map { "2026-03-02T0\(hour):00:00Z,\($0),\($0 == "eu" ? hour + 1 : 10 * (hour + 1))\n" }.joined()
  }.joined()

  @Test("several columns are asked about, chosen, all taken, or summed")
  func columns() throws {
    #expect(Reading.refusal(Self.wide).contains("2 columns hold numbers"))
    #expect(try Reading.one(Self.wide, SeriesSelection(values: ["web"])).series.rawValues == [10, 20, 30])
    let all = try Reading.all(Array(Self.wide.utf8), SeriesSelection(values: ["*"]))
    #expect(all.map(\.name) == ["api", "web"])
    #expect(try Reading.one(Self.wide, SeriesSelection(values: ["*"], isSum: true)).series.rawValues == [11, 22, 33])
    #expect(try Reading.one(Self.wide, SeriesSelection(values: ["*"], only: ["web"])).series.rawValues == [10, 20, 30])
  }

  @Test("several series in rows are refused, chosen, all taken, or summed")
  func rows() throws {
    let text = "time,region,rps\n" + Self.long
    #expect(Reading.refusal(text).contains("--series"))
    #expect(try Reading.one(text, SeriesSelection(series: ["region"], only: ["us"])).series.rawValues.last == 60)
    #expect(try Reading.all(Array(text.utf8), SeriesSelection(series: ["region"])).map(\.name) == ["eu", "us"])
    #expect(try Reading.one(text, SeriesSelection(series: ["region"], isSum: true)).series.rawValues.last == 66)
    #expect(
      Reading.refusal(text, SeriesSelection(series: ["region"], only: ["mars"])).contains("the series are 'eu', 'us'"))
  }

  @Test("two sources that overlap for a while are noticed where a column tells them apart")
  func overlap() throws {
    var text = "time,host,rps\n"
    for hour in 0..<20 {
      text += "2026-03-02T\(hour < 10 ? "0" : "")\(hour):00:00Z,\(hour < 18 ? "old" : "new"),\(hour)\n"
    }
    text += "2026-03-02T17:00:00Z,new,100\n"
    let told = Reading.refusal(text)
    #expect(told.contains("differ in 'host'") && told.contains("--series host"))
    #expect(try Reading.one(text, SeriesSelection(), TraceOptions(duplicates: .maximum)).series.rawValues[17] == 100)
    #expect(try Reading.one(text, SeriesSelection(), TraceOptions(duplicates: .last)).series.rawValues[17] == 100)
  }

  @Test("a sum has a gap where one of its series has one, and none before a series begins")
  func gaps() throws {
    let text =
      "time,pod,rps\n2026-03-02T00:00:00Z,a,1\n2026-03-02T01:00:00Z,a,2\n2026-03-02T01:00:00Z,b,5\n2026-03-02T02:00:00Z,a,\n"
      + "2026-03-02T02:00:00Z,b,5\n2026-03-02T03:00:00Z,a,4\n2026-03-02T03:00:00Z,b,5\n"
    let series = try Reading.one(text, SeriesSelection(series: ["pod"], isSum: true)).series
    #expect(
      series.rawValues[0] == 1 && series.rawValues[1] == 7 && series.rawValues[2].isNaN && series.rawValues[3] == 9)
  }
}
