import Testing

@testable import Documents

/// Damaged documents must be read or refused, never end the process.
@Suite struct FuzzTests {
  private func damaged(_ text: String, _ random: inout SplitMix) -> [UInt8] {
    var bytes = Array(text.utf8)
    let special = Array("\"'{}[],:;|>&*!%@`#-?<~\\\n\r\t 0".utf8) + [0, 0x80, 0xC3, 0xFF, 0xF0]
    for _ in 0...(random.next() % 4) {
      let at = Int(random.next() % UInt64(bytes.count))
      switch random.next() % 5 {
      case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes[at] = special[Int(random.next() % UInt64(special.count))]
      case 2: bytes.insert(special[Int(random.next() % UInt64(special.count))], at: at)
      case 3: bytes.remove(at: at)
      default:
        let end = min(bytes.count, at + Int(random.next() % 20))
        bytes.append(contentsOf: bytes[at..<end])
      }
      if bytes.isEmpty { bytes = [0x61] }
    }
    return bytes
  }

  @Test("survives damaged YAML", arguments: [11, 12] as [UInt64])
  func yaml(seed: UInt64) {
    let text = """
      plan: shop # ä
      peak: &p { low: 1/s, mid: [2, 3.5, ~], "x\\u00e9": 'it''s' }
      events:
        - { date: 2026-11-27, <<: *p }
        - date: |
            a
          lift: !!float 3
      share: 70%
      """
    var random = SplitMix(seed)
    var accepted = 0
    for _ in 0..<4000 {
      let bytes = damaged(text, &random)
      if let node = try? YAML.parse(bytes) {
        accepted += 1
        _ = SchemaTests.plan.validate(node).description
      }
    }
    #expect(accepted > 0 && accepted < 4000, "seed \(seed)")
  }

  @Test("survives damaged JSON, and reads again what it writes", arguments: [21, 22] as [UInt64])
  func json(seed: UInt64) throws {
    let numbers = (0..<70).map { "\($0)" }.joined(separator: ", ")
    let text =
      "{\"plan\": \"sh\\u00e9\\ud83d\\ude00ä\", \"peak\": [1, -2.5e3, null, true],\n\"n\": [\(numbers)], \"o\": {}}"
    var random = SplitMix(seed)
    var accepted = 0
    for _ in 0..<8000 {
      guard let node = try? JSON.parse(damaged(text, &random)) else { continue }
      accepted += 1
      var json = JSONWriter(pretty: true)
      json.node(node)
      var again = JSONWriter(pretty: true)
      again.node(try JSON.parse(json.bytes))
      #expect(again.bytes == json.bytes, "seed \(seed)")
    }
    #expect(accepted > 0 && accepted < 8000, "seed \(seed)")
  }

  @Test("survives damaged CSV, whatever the chunks", arguments: [31, 32] as [UInt64])
  func csv(seed: UInt64) {
    let text = "id,name,v\n1,\"a \"\"b\"\"\",2.5\r\n2,\"x\ny\",\n\n3,z,1e3\n"
    let columns: [CSVColumn] = [.number("id"), .text("name"), .number("v"), .text("v")]
    let choose = { (_: CSVPreview) throws(Diagnostics) -> [CSVColumn] in columns }
    var random = SplitMix(seed)
    for i in 0..<4000 {
      let bytes = damaged(text, &random)
      let options = CSVOptions(delimiter: 0x2C, isTolerant: i & 1 == 0)
      let whole = try? CSVTable.parse(bytes, columns: columns, options: options)
      // Whole rows and parts of rows must come to the same.
      var rows = CSVRows(file: nil, delimiter: 0x2C, width: 3, firstLine: 1, isTolerant: true)
      rows.keep(0, as: .number, name: "id")
      rows.keep(1, as: .text, name: "name")
      var pending: [UInt8] = []
      for byte in bytes {
        pending.append(byte)
        let used = pending.withUnsafeBufferPointer { b in
          b.baseAddress.map { rows.consume($0, $0 + b.count, isFinal: false) } ?? 0
        }
        pending.removeFirst(used)
      }
      _ = pending.withUnsafeBufferPointer { b in
        b.baseAddress.map { rows.consume($0, $0 + b.count, isFinal: true) } ?? 0
      }
      var once = CSVRows(file: nil, delimiter: 0x2C, width: 3, firstLine: 1, isTolerant: true)
      once.keep(0, as: .number, name: "id")
      once.keep(1, as: .text, name: "name")
      _ = bytes.withUnsafeBufferPointer { b in b.baseAddress.map { once.consume($0, $0 + b.count, isFinal: true) } ?? 0
      }
      #expect(rows.rowCount == once.rowCount && rows.line == once.line, "seed \(seed), \(bytes)")
      #expect(rows.numbers[0].map { $0.bitPattern } == once.numbers[0].map { $0.bitPattern }, "seed \(seed)")
      #expect(rows.diagnostics().all == once.diagnostics().all, "seed \(seed)")
      #expect(rows.texts[0].count == rows.rowCount)
      if let whole { #expect(whole.numbers("id")?.count == whole.rowCount) }
      _ = try? CSVTable.parse(bytes, options: CSVOptions(), choosing: choose)
    }
  }
}
