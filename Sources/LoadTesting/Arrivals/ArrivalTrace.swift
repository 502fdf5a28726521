import Documents
import Quantities

/// When the requests of a recording came: times alone, whatever was asked.
///
/// Reads one time a line (seconds, or ISO 8601; `--schedule-out` writes such a file), a CSV whose header names a column
/// of times, or any log that ``RequestRecording`` reads.
public struct ArrivalTrace: Sendable {
  /// In rising order.
  public let times: [Timestamp]
  /// Lines that hold no time, and the first of them.
  public private(set) var skipped = 0
  public private(set) var firstSkipped: Int?

  /// - Parameter column: the CSV column of times; nil looks for one whose name says so.
  /// - Throws: ``LoadTestingError`` where no line holds a time.
  public init(_ bytes: [UInt8], file: String, column: String? = nil) throws {
    func bad(_ problem: String, _ remedy: String) -> LoadTestingError {
      LoadTestingError(.badSettings, "'\(file)' \(problem)", remedy: remedy)
    }
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map {
      String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)
    }
    guard let first = lines.firstIndex(where: { !$0.isEmpty }) else {
      throw bad("is empty", "give a time a line, a CSV with a column of times, or an access log")
    }
    let header = Self.fields(lines[first])
    var place = 0
    var start = first
    if let column {
      guard let found = header.firstIndex(of: column) else {
        let near = nearest(column, in: header)
        throw bad(
          "has no column '\(column)'",
          near.map { "did you mean '\($0)'?" } ?? "its columns are \(header.joined(separator: ", "))")
      }
      place = found
      start = first + 1
    } else if Self.time(header[0]) == nil {
      // No time where one would stand: a header, or a log.
      let names = header.map { $0.lowercased() }
      let named = names.firstIndex { ["time", "timestamp", "ts", "date", "arrival", "arrived_at"].contains($0) }
      guard let found = named ?? names.firstIndex(where: { $0.contains("timestamp") }), !lines[first].hasPrefix("{")
      else {
        let recording = try RequestRecording(bytes, file: file)
        times = recording.requests.map(\.time)
        skipped = recording.skipped
        firstSkipped = recording.firstSkipped
        return
      }
      place = found
      start = first + 1
    }
    var found: [Timestamp] = []
    found.reserveCapacity(lines.count)
    var missing = 0
    var firstMissing: Int?
    for (number, line) in lines.enumerated().dropFirst(start) where !line.isEmpty {
      let fields = Self.fields(line)
      if place < fields.count, let time = Self.time(fields[place]) {
        found.append(time)
      } else {
        missing += 1
        firstMissing = firstMissing ?? number + 1
      }
    }
    guard !found.isEmpty else {
      throw bad("holds no time that could be read", "write seconds, or ISO 8601 as 2026-11-24T03:12:01.5Z")
    }
    times = found.sorted()
    skipped = missing
    firstSkipped = firstMissing
  }

  private static func fields(_ line: String) -> [String] {
    line.split(separator: ",", omittingEmptySubsequences: false).map { field in
      let words = field.drop { $0 == " " || $0 == "\"" }
      return String(words.reversed().drop { $0 == " " || $0 == "\"" }.reversed())
    }
  }
  /// Seconds (from any moment) or ISO 8601.
  private static func time(_ text: String) -> Timestamp? {
    if let seconds = Double(text) {
      // Beyond the year 2262 they would be milliseconds or nanoseconds since 1970: by their size.
      guard seconds.isFinite, seconds >= 0 else { return nil }
      let scale = seconds >= 1e17 ? 1e9 : seconds >= 1e14 ? 1e6 : seconds >= 1e11 ? 1e3 : 1
      return Timestamp(secondsSinceEpoch: seconds / scale)
    }
    return Timestamp(iso8601: text)
  }
}
