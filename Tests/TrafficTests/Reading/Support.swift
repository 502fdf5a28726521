import Documents
import Glibc
import Quantities

@testable import Traffic

/// A file of a test's own, read as the program reads it.
enum Reading {
  static func all(
    _ bytes: [UInt8], _ selection: SeriesSelection = SeriesSelection(), _ options: TraceOptions = TraceOptions(),
    ending: String = "csv", caller: Int = #line
  ) throws -> [NamedTrace] {
    let path = "/tmp/test-headroom-reading-\(getpid())-\(UInt64.random(in: .min ... .max)).\(ending)"
    let file = fopen(path, "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    defer { unlink(path) }
    return try TraceReader.read(path: path, selection, options: options)
  }

  static func one(
    _ text: String, _ selection: SeriesSelection = SeriesSelection(), _ options: TraceOptions = TraceOptions(),
    caller: Int = #line
  ) throws -> Trace {
    let found = try all(Array(text.utf8), selection, options, caller: caller)
    guard found.count == 1 else { throw Diagnostics([.error("\(found.count) series", at: nil)]) }
    return found[0].trace
  }

  /// What a text that must be refused is told.
  static func refusal(
    _ text: String, _ selection: SeriesSelection = SeriesSelection(), _ options: TraceOptions = TraceOptions(),
    caller: Int = #line
  ) -> String {
    do {
      _ = try all(Array(text.utf8), selection, options, caller: caller)
      return ""
    } catch { return "\(error)" }
  }

  /// Hours from 2 March 2026, a Monday, with a cell each.
  static func hours(_ cells: [String], head: String = "time,rps", separator: String = ",") -> String {
    let start = Timestamp(secondsSinceEpoch: 1_772_409_600)
    return head + "\n"
      + cells.enumerated().map { "\((start + .hours(Double($0))).iso8601)\(separator)\($1)\n" }.joined()
  }
}
