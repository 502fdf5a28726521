import Glibc
import Testing

@testable import Documents

@Suite struct DecimalTests {
  /// Reading by the C library, the referee.
  private func referee(_ text: String) -> Double { strtod(text, nil) }

  @Test("reads hard cases as the C library does")
  func hardCases() {
    // Halfway cases and neighbours, the largest, the smallest, and long digits: collected from the definitions of
    // binary64 (IEEE 754-2019) and from the classic failures of readers (2.2250738585072012e-308).
    let cases = [
      "0", "-0", "9007199254740992", "9007199254740993", "9007199254740995", "18446744073709551615",
      "18446744073709551616", "1e22", "1e23", "1.7976931348623157e308", "1.7976931348623159e308",
      "2.2250738585072012e-308", "2.2250738585072014e-308", "5e-324", "2e-324", "3e-324", "0.1", "0.2", "0.3",
      "123456789012345678e-27", "9999999999999999999e27", "9999999999999999999e-27", "1000000000000000000000000000001",
      "0.000000000000000000000000000000000000123", "8.5899345915000000000000000001", "6.02214076e23",
      "100000000000000016777215", "100000000000000016777216", "3.14159265358979323846264338327950288", "1e-400",
      "1e400",
      "0000000000000000000000000000000000001.5", "7450580596923828125e-27",
    ]
    for text in cases {
      let value = DecimalReader.read(text, .relaxed)
      #expect(value?.bitPattern == referee(text).bitPattern, "\(text): \(String(describing: value))")
    }
  }

  @Test("reads random decimals as the C library does", arguments: [1, 2, 3] as [UInt64])
  func randomDecimals(seed: UInt64) {
    var random = SplitMix(seed)
    for _ in 0..<30_000 {
      let digits = Int(random.next() % 21) + 1
      var text = random.next() & 1 == 0 ? "-" : ""
      let point = Int(random.next() % UInt64(digits + 1))
      for i in 0..<digits {
        if i == point { text += "." }
        text += String(random.next() % 10)
      }
      if random.next() & 1 == 0 { text += "e\(Int(random.next() % 70) - 35)" }
      let value = DecimalReader.read(text, .relaxed)
      #expect(value?.bitPattern == referee(text).bitPattern, "seed \(seed): \(text)")
    }
  }

  @Test("reads back every double that it writes, bit for bit", arguments: [4, 5, 6] as [UInt64])
  func roundTrip(seed: UInt64) throws {
    var random = SplitMix(seed)
    for i in 0..<30_000 {
      let bits = random.next()
      // Half of them any double, half of ordinary size, where the fast ways are taken.
      let value = i & 1 == 0 ? Double(bitPattern: bits) : Double(Int64(bitPattern: bits)) / 1e9
      guard value.isFinite else { continue }
      let text = DecimalWriter.text(value)
      #expect(DecimalReader.read(text, .json)?.bitPattern == value.bitPattern, "seed \(seed): \(text)")
    }
  }

  @Test("writes integers without a point and everything else the shortest way")
  func shortest() {
    let cases: [(Double, String)] = [
      (0, "0"), (-0.0, "-0"), (5, "5"), (-120, "-120"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e16, "1e+16"),
      (1e300, "1e+300"), (1.5, "1.5"), (100.25, "100.25"), (9_007_199_254_740_991, "9007199254740991"),
    ]
    for (value, text) in cases { #expect(DecimalWriter.text(value) == text) }
    var bytes: [UInt8] = []
    for value in [Int.min, 0, Int.max] { DecimalWriter.append(value, to: &bytes) }
    #expect(String(decoding: bytes, as: UTF8.self) == "-922337203685477580809223372036854775807")
  }
}

/// A small seeded generator for tests (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct SplitMix {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
