@testable import Dashboard
import CZlib
import Testing

@Suite struct ContentEncodingTests {
  @Test(
    "gzip is sent to who names it, with a weight above 0, by its name or by all names",
    arguments: [
      ("gzip", true), ("gzip, deflate, br", true), ("br;q=1.0, gzip;q=0.8, *;q=0.1", true), ("*", true),
      ("identity;q=1, *;q=0", false), ("gzip;q=0, *", false), ("br", false), ("", false), ("gzip;q=x", false),
      ("GZIP ; Q=0.5", true),
    ])
  func taken(_ header: String, _ isTaken: Bool) { #expect(ContentEncoding.takesGzip(header) == isTaken) }

  @Test("Who does not say what it reads gets the bytes as they are")
  func unsaid() { #expect(!ContentEncoding.takesGzip(nil)) }

  @Test("What is packed comes out the same", arguments: [Int32(1), 6, 9])
  func whole(_ level: Int32) throws {
    let bytes = Array((0..<20_000).map { "row \($0 % 97) of the table\n" }.joined().utf8)
    let packed = try #require(ContentEncoding.gzip(bytes, level: level))
    #expect(packed.count < bytes.count / 8 && packed[0] == 0x1F && packed[1] == 0x8B)
    #expect(Self.unpacked(packed, bytes.count) == bytes)
  }

  @Test("What would not be smaller is not packed: bytes without a pattern, none at all")
  func notWorthIt() {
    var state: UInt64 = 1
    let noise = (0..<5000).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
    #expect(ContentEncoding.gzip(noise, level: 6) == nil)
    #expect(ContentEncoding.gzip([], level: 6) == nil)
  }

  @Test("A page is packed for a browser, tagged weakly, and told apart by what was asked for")
  func page() throws {
    let site = try SampleSite.site()
    let plain = site.answer(try #require(Request("GET", "/assets/report.css")))
    let request = try #require(
      Request("GET", "/assets/report.css", headers: [Request.Field("Accept-Encoding", "gzip, br")]))
    let packed = site.answer(request)
    #expect(packed.header("Content-Encoding") == "gzip" && plain.header("Content-Encoding") == nil)
    #expect(packed.header("Vary") == "Accept-Encoding" && plain.header("Vary") == "Accept-Encoding")
    #expect(Self.unpacked(packed.bytes, plain.bytes.count) == plain.bytes)
    let tag = try #require(packed.header("ETag"))
    #expect(tag == "W/\(plain.header("ETag") ?? "")")
    // Either tag says that the client's copy is good.
    for tag in [tag, plain.header("ETag") ?? ""] {
      let again = site.answer(
        try #require(
          Request(
            "GET", "/assets/report.css",
            headers: [Request.Field("Accept-Encoding", "gzip"), Request.Field("If-None-Match", tag)])))
      #expect(again.status == 304 && again.bytes.isEmpty && again.header("Content-Encoding") == nil)
    }
  }

  private static func unpacked(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return [] }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: count + 1)
    let written = bytes.withUnsafeBufferPointer { input -> Int in
      output.withUnsafeMutableBufferPointer { output -> Int in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return inflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : 0
      }
    }
    return Array(output[..<written])
  }
}
