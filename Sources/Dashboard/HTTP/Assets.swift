import CDashboardData
import Reporting

/// The page's own files: stylesheets and script, embedded in the program.
enum Assets {
  /// The stylesheet of every report, and what the dashboard adds.
  static let stylesheets = ["report.css", "dashboard.css"]
  static let scripts = ["dashboard.js"]

  /// Addresses with a mark of the contents, so that a browser keeps a file until a new version has another.
  static func address(_ file: String) -> String { "/assets/\(file)" }

  private struct File: Sendable {
    var type: MediaType
    var bytes: [UInt8]
    var packed: [UInt8]?
    var tag: String
  }

  private static let files: [String: File] = [
    "report.css": file(.css, Array(Stylesheet.text.utf8)),
    "dashboard.css": file(
      .css, Array(UnsafeBufferPointer(start: headroom_dashboard_style_start(), count: headroom_dashboard_style_size))),
    "dashboard.js": file(
      .script,
      Array(UnsafeBufferPointer(start: headroom_dashboard_script_start(), count: headroom_dashboard_script_size))),
    "mark.svg": file(.svg, Array(mark.utf8)),
  ]

  /// Headroom over demand, as a browser's tab shows it.
  private static let mark =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><path d=\"M1 3h14\" stroke=\"#0a7355\" stroke-width=\"2\"/>"
    + "<path d=\"M1 13l4-5 3 3 7-6\" fill=\"none\" stroke=\"#245ba7\" stroke-width=\"2\"/></svg>\n"

  private static func file(_ type: MediaType, _ bytes: [UInt8]) -> File {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return File(
      type: type, bytes: bytes, packed: ContentEncoding.gzip(bytes, level: 9), tag: "\"\(String(hash, radix: 16))\"")
  }

  static func response(_ name: String) throws(Problem) -> Response {
    guard let file = files[name] else { throw .notFound("The dashboard has no file '\(name)'.") }
    var response = Response(
      200, type: file.type, file.bytes,
      headers: [Request.Field("ETag", file.tag), Request.Field("Cache-Control", "max-age=300")])
    response.packed = file.packed
    return response
  }
}
