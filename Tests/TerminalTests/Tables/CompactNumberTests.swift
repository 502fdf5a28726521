import Testing

@testable import Terminal

@Suite struct CompactNumberTests {
  @Test(
    "writes three digits and a suffix",
    arguments: [
      (0, "0"), (-0.0, "0"), (0.1, "0.1"), (1, "1"), (12.34, "12.3"), (999.4, "999"), (999.5, "1k"), (1000, "1k"),
      (1234, "1.23k"), (221_345, "221k"), (999_999, "1M"), (1.5e6, "1.5M"), (123e9, "123G"), (1e14, "100T"),
      (1e15, "1e15"), (1.5e18, "1.5e18"), (1e-5, "1e-5"), (0.000_123_45, "0.000123"), (9.999e-5, "1e-4"),
      (-1500, "-1.5k"),
      (-0.5, "-0.5"), (.leastNonzeroMagnitude, "4.94e-324"), (1.797e308, "1.8e308"), (.nan, "-"), (.infinity, "inf"),
      (-.infinity, "-inf"),
    ] as [(Double, String)])
  func text(value: Double, text: String) {
    #expect(CompactNumber.text(value) == text)
  }

  @Test(
    "writes a fixed count of decimals",
    arguments: [
      (1.005, 1, "1.0"), (0.05, 1, "0.1"), (0.04, 1, "0.0"), (-0.04, 1, "0.0"), (2.5, 0, "3"), (-2.5, 0, "-3"),
      (123.456, 2, "123.46"), (0.000_000_001, 9, "0.000000001"), (9e14, 9, "900000000000000.000"), (1, -3, "1"),
    ] as [(Double, Int, String)])
  func fixed(value: Double, decimals: Int, text: String) {
    #expect(CompactNumber.fixed(value, decimals: decimals) == text)
  }

  @Test("tells neighbouring ticks apart")
  func ticks() {
    #expect(CompactNumber.texts(ofTicks: [0, 500, 1000, 1500], step: 500) == ["0", "0.5k", "1.0k", "1.5k"])
    #expect(CompactNumber.texts(ofTicks: [1000, 1005, 1010], step: 5) == ["1.000k", "1.005k", "1.010k"])
    #expect(CompactNumber.texts(ofTicks: [0, 0.02, 0.1], step: 0.02) == ["0", "0.02", "0.10"])
    #expect(CompactNumber.texts(ofTicks: [-20, 0, 20], step: 20) == ["-20", "0", "20"])
  }
}
