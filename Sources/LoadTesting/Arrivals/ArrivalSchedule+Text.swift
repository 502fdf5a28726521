import Glibc
import Quantities

extension ArrivalSchedule {
  /// Writes the times to send at to a file, one a line in seconds from the start with nine decimals. A schedule of any
  /// length passes through one small buffer.
  public func write(to path: String) throws(LoadTestingError) {
    func failed() -> LoadTestingError {
      LoadTestingError(
        .exhausted, "cannot write '\(path)': \(String(cString: strerror(errno)))",
        remedy: "choose a file that can be written")
    }
    guard let file = path == "-" ? fdopen(dup(1), "w") : fopen(path, "w") else { throw failed() }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(70_000)
    var isWhole = true
    func flush() {
      isWhole = fwrite(bytes, 1, bytes.count, file) == bytes.count && isWhole
      bytes.removeAll(keepingCapacity: true)
    }
    for time in self {
      bytes.append(contentsOf: String(time / 1_000_000_000).utf8)
      bytes.append(UInt8(ascii: "."))
      var rest = time % 1_000_000_000
      var divisor: Int64 = 100_000_000
      while divisor > 0 {
        bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor))
        rest %= divisor
        divisor /= 10
      }
      bytes.append(10)
      if bytes.count > 65_536 { flush() }
    }
    flush()
    let isClosed = fclose(file) == 0
    guard isWhole, isClosed else { throw failed() }
  }
}
