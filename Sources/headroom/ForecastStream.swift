import Glibc
import Reporting
import Terminal
import Traffic

/// A forecast's document on its way out while later series are computed.
///
/// CSV leaves at once. JSON begins with a headline over all series, and a capacity orders them by urgency: their
/// finished parts wait, in memory while they are few, else in a file without a name.
struct ForecastStream {
  let format: OutputFormat
  private let isOrdered: Bool
  private let console: Console
  private var waiting = WaitingParts()

  /// - Parameter isOrdered: whether series leave in another order than they come.
  init(_ common: SharedOptions, isOrdered: Bool) {
    format = common.format
    console = common.console
    self.isOrdered = isOrdered
  }

  /// A series as the document has it; empty where the document shows only some of them.
  static func part(of study: ForecastStudy, _ format: OutputFormat, isDated: Bool) -> [UInt8] {
    switch format {
    case .csv: ForecastReport.csv(of: study)
    case .json: ForecastReport.json(of: study, isDated: isDated)
    default: []
    }
  }

  /// Whether anybody still reads.
  var isWanted: Bool { !console.result.isBroken }

  func begin(paths: Int) {
    if format == .csv { console.result.write(bytes: ForecastReport.csvHead(paths: paths)) }
  }

  mutating func add(_ part: [UInt8]) throws {
    guard !part.isEmpty else { return }
    if format == .csv, !isOrdered {
      console.result.write(bytes: part)
      console.result.flush()
    } else {
      try waiting.append(part)
    }
  }

  /// Writes what waited, or the report of a form that shows only some series.
  func end(_ report: ForecastReport, _ common: SharedOptions) throws {
    switch format {
    case .csv:
      if isOrdered { for place in report.order where isWanted { console.result.write(bytes: try waiting[place]) } }
    case .json:
      let (head, tail) = report.jsonFrame()
      console.result.write(bytes: head)
      for (i, place) in report.order.enumerated() where isWanted {
        if i > 0 { console.result.write(",") }
        console.result.write(bytes: try waiting[place])
      }
      console.result.write(bytes: tail)
    default: break
    }
    ReportWriting.write(report, common, isWritten: format == .csv || format == .json)
  }
}

/// Byte strings that wait for their turn: many of them in a file that has no name and ends with the process.
private final class WaitingParts {
  /// 16 MiB: some hundred series' parts; a file for fewer is not worth its making.
  private static let mostInMemory = 16 << 20

  private var buffer: [UInt8] = []
  private var places: [(offset: Int, count: Int)] = []
  private var written = 0
  private var file: Int32 = -1

  deinit { if file >= 0 { close(file) } }

  func append(_ part: [UInt8]) throws {
    places.append((written + buffer.count, part.count))
    buffer += part
    if buffer.count >= WaitingParts.mostInMemory { try spill() }
  }

  subscript(place: Int) -> [UInt8] {
    get throws {
      let (offset, count) = places[place]
      if offset >= written { return Array(buffer[offset - written..<offset - written + count]) }
      var part = [UInt8](repeating: 0, count: count)
      var done = 0
      while done < count {
        let n = part.withUnsafeMutableBytes { bytes in
          pread(file, bytes.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
        }
        if n < 0, errno == EINTR { continue }
        guard n > 0 else { throw failure(n < 0 ? errno : EIO) }
        done += n
      }
      return part
    }
  }

  private func spill() throws {
    if file < 0 {
      let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
      var name = Array("\(folder)/headroom-XXXXXX".utf8CString)
      file = name.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
      guard file >= 0 else { throw failure(errno) }
      name.withUnsafeBufferPointer { if let path = $0.baseAddress { _ = unlink(path) } }
    }
    var done = 0
    while done < buffer.count {
      let n = buffer.withUnsafeBytes { bytes in
        pwrite(file, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(written + done))
      }
      if n < 0, errno == EINTR { continue }
      guard n > 0 else { throw failure(n < 0 ? errno : EIO) }
      done += n
    }
    written += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private func failure(_ code: Int32) -> Failure {
    Failure(
      "Cannot keep finished series aside: \(String(cString: strerror(code))). Set TMPDIR to a folder with room, or ask for --format csv without --capacity.",
      exitCode: .worldFailed)
  }
}
