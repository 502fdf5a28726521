import Wire

// A proxy between the generator and a secured service: the connection asks for a tunnel (RFC 9110, 9.3.6) and shakes
// hands through it.
extension LoadEngine {
  /// Asks the proxy for a tunnel.
  mutating func openTunnel(_ index: Int, _ words: [UInt8], _ now: Int64) {
    let connection = connections + index
    connection.pointee.phase = .tunnelling
    // Its answer has no content whatever it announces.
    connection.pointee.parser.begin(isHead: true)
    let sent = words.withUnsafeBufferPointer { bytes -> Bool in
      guard let base = bytes.baseAddress else { return false }
      // A fresh connection takes some hundred bytes at once.
      if case .bytes(let count) = connection.pointee.stream.write(base, bytes.count) { return count == bytes.count }
      return false
    }
    if !sent { conclude(index, .connect, now, keeps: false) }
  }

  /// Reads the proxy's answer; true where the tunnel is there.
  mutating func readTunnel(_ index: Int, _ now: Int64) -> Bool {
    let connection = connections + index
    while true {
      switch connection.pointee.stream.read(into: buffer, Self.bufferSize) {
      case .bytes(let count):
        records.bytesReceived &+= count
        var offset = 0
        switch connection.pointee.parser.step(buffer, count, from: &offset) {
        case .needsMore, .body: continue
        case .complete:
          if connection.pointee.parser.status / 100 == 2 { return true }
          records.tunnelProblem = "the proxy answers \(connection.pointee.parser.status)"
        case .malformed: records.tunnelProblem = "the proxy's answer is no HTTP"
        }
      case .wait: return false
      case .end, .broken: records.tunnelProblem = "the proxy ends the connection"
      }
      conclude(index, .connect, now, keeps: false)
      return false
    }
  }
}
