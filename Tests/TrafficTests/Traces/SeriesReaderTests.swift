import Documents
import Glibc
import HeadroomTesting
import Quantities
import Testing

@testable import Traffic

@Suite struct SeriesReaderTests {
  static func read(_ text: String, _ columns: SeriesColumns) throws -> [NamedTrace] {
    let path = "/tmp/series-reader-\(getpid())-\(text.count).csv"
    try Command.write(text, to: path)
    defer { unlink(path) }
    return try TraceReader.series(path: path, columns: columns)
  }

  @Test("rows of several series are told apart, each on its own grid")
  func series() throws {
    let traces = try Self.read(
      """
      service,ts,rps
      web,2026-01-01T00:00:00Z,10
      api,2026-01-01T00:00:00Z,1
      web,2026-01-01T01:00:00Z,12
      api,2026-01-01T01:00:00Z,2
      web,2026-01-01T02:00:00Z,13
      web,2026-01-01T04:00:00Z,14

      """, SeriesColumns(series: ["service"], every: .hours(1)))
    #expect(traces.map(\.name) == ["web", "api"])
    #expect(traces[1].trace.series.rawValues == [1, 2])
    #expect(traces[0].trace.series.count == 5 && traces[0].trace.series.gapCount == 1)
  }

  @Test("step numbers stand for times")
  func steps() throws {
    let traces = try Self.read(
      "unique_id,step,y\nH1,1,605\nH1,2,586\nH1,3,586\n",
      SeriesColumns(series: ["unique_id"], step: "step", value: "y", every: .minutes(30)))
    #expect(traces[0].trace.series.rawValues == [605, 586, 586])
    #expect(traces[0].trace.series.step == .minutes(30))
  }

  @Test("columns whose values would give two series one name are refused")
  func sameName() throws {
    let rows = "a,b,ts,y\nx/y,z,2026-01-01T00:00:00Z,1\nx,y/z,2026-01-01T00:00:00Z,2\n"
    let error = #expect(throws: Diagnostics.self) {
      try Self.read(rows, SeriesColumns(series: ["a", "b"], every: .hours(1)))
    }
    #expect(error?.all.first?.message.contains("'x/y/z'") == true)
    #expect(try Self.read(rows, SeriesColumns(series: ["a"], every: .hours(1))).count == 2)
  }

  @Test("a column that is not there, a step that is no number and a negative rate are told with their place")
  func faults() {
    #expect(throws: Diagnostics.self) {
      try Self.read("a,ts,y\nx,2026-01-01T00:00:00Z,1\n", SeriesColumns(series: ["b"], every: .hours(1)))
    }
    #expect(throws: Diagnostics.self) {
      try Self.read("a,step,y\nx,one,1\n", SeriesColumns(series: ["a"], step: "step", every: .hours(1)))
    }
    #expect(throws: Diagnostics.self) {
      try Self.read("a,ts,y\nx,2026-01-01T00:00:00Z,-1\n", SeriesColumns(series: ["a"], every: .hours(1)))
    }
  }
}
