import CZlib
import Glibc
import Testing

@testable import Documents

/// A folder of its own for one test, removed with its files when it ends.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/documents-tests-XXXXXX".utf8CString)
    _ = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map { mkdtemp($0) } }
    path = template.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
  }

  deinit {
    for name in FilePath.names(in: path) ?? [] { unlink(path + "/" + name) }
    rmdir(path)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    return file
  }
}

/// One gzip member.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + 1000)
  let count = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target -> Int in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      deflate(&stream, Z_FINISH)
      return target.count - Int(stream.avail_out)
    }
  }
  deflateEnd(&stream)
  return Array(output[..<count])
}

@Suite struct InputTests {
  private func failure<T>(_ body: () throws -> T) -> DocumentError? {
    do {
      _ = try body()
      return nil
    } catch { return error as? DocumentError }
  }

  @Test("reads a file, plain or gzip, of one member or several")
  func reading() throws {
    let folder = TemporaryFolder()
    let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    #expect(try Input.read(path: folder.write("a", bytes)) == bytes)
    #expect(try Input.read(path: folder.write("a.gz", gzipped(bytes))) == bytes)
    #expect(try Input.read(path: folder.write("b", gzipped(bytes) + gzipped([1, 2]) + [0, 0])) == bytes + [1, 2])
    #expect(try Input.read(path: folder.write("short", [65])) == [65])
    #expect(try Input.read(path: folder.write("e.gz", gzipped([]))) == [])
  }

  @Test("tells why a file cannot be read and what to do")
  func failures() throws {
    let folder = TemporaryFolder()
    let bytes = [UInt8](repeating: 7, count: 100_000).enumerated().map {
      UInt8(truncatingIfNeeded: $0.offset * 7919 >> 2)
    }
    let packed = gzipped(bytes)
    _ = try folder.write("traffic.csv", [65])
    let missing = failure { try Input.read(path: folder.path + "/trafic.csv") }
    #expect(missing?.code == .notFound)
    #expect(missing?.remedy == "did you mean '\(folder.path)/traffic.csv'?")
    #expect(failure { try Input.read(path: folder.path + "/no/x") }?.problem.contains("no folder") == true)
    #expect(failure { try Input.read(path: folder.path) }?.code == .isDirectory)
    #expect(failure { try Input.read(path: folder.write("empty", [])) }?.code == .empty)
    #expect(failure { try Input.read(path: folder.write("cut.gz", Array(packed.dropLast(9)))) }?.code == .truncated)
    #expect(failure { try Input.read(path: folder.write("cut2.gz", Array(packed.prefix(5)))) }?.code == .truncated)
    #expect(failure { try Input.read(path: folder.write("plain.gz", Array("a,b".utf8))) }?.code == .notGzip)
    #expect(failure { try Input.read(path: folder.write("tail.gz", packed + [65])) }?.code == .corrupt)
    var damaged = packed
    damaged[damaged.count / 2] ^= 0xFF
    #expect(failure { try Input.read(path: folder.write("bad.gz", damaged)) }?.code == .corrupt)
    #expect(
      failure { try Input.read(path: folder.write("x.zst", [0x28, 0xB5, 0x2F, 0xFD, 0])) }?.code == .unsupportedFormat)
    #expect(failure { try Input.read(path: folder.write("big", bytes), limit: 1000) }?.code == .tooLarge)
    #expect(failure { try Input.read(path: folder.write("big.gz", packed), limit: 1000) }?.code == .tooLarge)
  }

  @Test("reads a gzip CSV in chunks")
  func gzipTable() throws {
    let folder = TemporaryFolder()
    let text = "t,v\n" + (0..<100_000).map { "x\($0),\($0)\n" }.joined()
    let path = try folder.write("t.csv.gz", gzipped(Array(text.utf8)))
    let table = try CSVTable.read(path: path, columns: [.number("v")])
    #expect(table.numbers("v") == (0..<100_000).map { Double($0) })
    #expect(table.location(ofRow: 99_999).description == "\(path):100001:1")
    let preview = try CSVTable.preview(path: path)
    #expect(preview.header == ["t", "v"])
    #expect(preview.rows.count == 504)
    #expect(preview.rows[19] == ["x19", "19"])
  }

  @Test("what comes through a pipe can be read more than once, and a file behind it is read where it lies")
  func spooled() throws {
    var ends = [Int32](repeating: 0, count: 2)
    #expect(pipe(&ends) == 0)
    let text = gzipped(Array("t,v\n1,2\n".utf8))
    #expect(write(ends[1], text, text.count) == text.count)
    close(ends[1])
    let kept = try SpooledInput(reading: ends[0])
    close(ends[0])
    for _ in 0..<2 { #expect(try Input.read(path: kept.path) == Array("t,v\n1,2\n".utf8)) }
    #expect(try Input.head(path: kept.path, 3, named: SpooledInput.name) == Array("t,v".utf8))

    let folder = TemporaryFolder()
    let file = open(try folder.write("plain.csv", Array("t,v\n".utf8)), O_RDONLY)
    defer { close(file) }
    let plain = try SpooledInput(reading: file)
    #expect(plain.path == "/proc/self/fd/\(file)")
    for _ in 0..<2 { #expect(try Input.read(path: plain.path) == Array("t,v\n".utf8)) }
  }

  @Test("an empty pipe is told as empty standard input")
  func emptySpool() throws {
    var ends = [Int32](repeating: 0, count: 2)
    #expect(pipe(&ends) == 0)
    close(ends[1])
    let kept = try SpooledInput(reading: ends[0])
    close(ends[0])
    let told = failure { _ = try Input.head(path: kept.path, 10, named: SpooledInput.name) }
    #expect(told?.code == .empty && told?.problem == "cannot read standard input: it is empty")
  }
}
