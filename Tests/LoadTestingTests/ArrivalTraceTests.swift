import LoadTesting
import Quantities
import Testing

@Suite struct ArrivalTraceTests {
  func seconds(_ text: String, column: String? = nil) throws -> [Double] {
    let trace = try ArrivalTrace(Array(text.utf8), file: "trace", column: column)
    let first = try #require(trace.times.first)
    return trace.times.map { ($0 - first).seconds }
  }

  @Test("reads a time a line, a CSV with a header, and an access log")
  func forms() throws {
    #expect(try seconds("0.5\n0.25\n1.75\n") == [0, 0.25, 1.5])
    #expect(try seconds("tokens,TIMESTAMP\r\n5,2023-11-16 18:15:46.5\r\n7,2023-11-16 18:15:47\r\n") == [0, 0.5])
    #expect(try seconds("a,b\n1,3\n2,9\n", column: "b") == [0, 6])
    let log = """
      1.1.1.1 - - [24/Nov/2026:03:12:01 +0000] "GET /a HTTP/1.1" 200 5
      1.1.1.1 - - [24/Nov/2026:03:12:03 +0000] "GET /b HTTP/1.1" 200 5
      """
    #expect(try seconds(log) == [0, 2])
    // Milliseconds since 1970, by their size.
    #expect(try seconds("1700000000000\n1700000000500\n") == [0, 0.5])
  }

  @Test("lines without a time are counted with the first of them")
  func skips() throws {
    let trace = try ArrivalTrace(Array("time\n1\nx\n\n-4\n2\n".utf8), file: "trace")
    #expect(trace.times.count == 2 && trace.skipped == 2 && trace.firstSkipped == 3)
  }

  @Test(
    "nothing, no time and no such column are refused",
    arguments: [("", nil), ("x,y\n", nil), ("a,b\n1,2\n", "c"), ("time\nx\n", nil)] as [(String, String?)])
  func refuses(_ text: String, _ column: String?) {
    #expect(throws: (any Error).self) { try ArrivalTrace(Array(text.utf8), file: "trace", column: column) }
  }
}
