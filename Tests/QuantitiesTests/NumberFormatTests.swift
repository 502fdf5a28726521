import Quantities
import Testing

@Suite struct NumberFormatTests {
  @Test(
    "short numbers carry into the next suffix where rounding does",
    arguments: [
      (0, "0"), (34, "34"), (-34, "-34"), (0.5, "0.5"), (0.001234, "0.00123"), (9.996, "10"), (99.96, "100"),
      (999.7, "1k"), (1250, "1250"), (1250.5, "1.25k"), (9994, "9994"), (9996, "10k"), (12_500, "12.5k"),
      (221_000, "221k"), (999_499, "999k"), (999_500, "1M"), (999_950, "1M"), (4.5e6, "4.5M"), (12e9, "12G"),
      (3.1e12, "3.1T"), (2e15, "2P"), (-1_999_999, "-2M"), (.nan, "-"), (.infinity, "inf"), (-.infinity, "-inf"),
    ] as [(Double, String)])
  func short(_ value: Double, _ text: String) {
    #expect(NumberFormat.short(value) == text)
  }

  @Test("more digits move the carry")
  func shortDigits() {
    #expect(NumberFormat.short(999_950, digits: 5) == "999.95k")
    #expect(NumberFormat.short(999_996, digits: 5) == "1M")
    #expect(NumberFormat.short(126_400, digits: 4) == "126.4k")
    #expect(NumberFormat.short(1250, digits: 2) == "1.3k")
  }

  @Test(
    "significant digits round, never cut whole parts, and drop trailing zeros",
    arguments: [
      (9.996, 3, "10"), (0.9996, 3, "1"), (0.0099996, 3, "0.01"), (9.994, 3, "9.99"), (123_456.7, 3, "123457"),
      (1.5, 3, "1.5"), (1.0, 3, "1"), (100, 3, "100"), (1000, 3, "1000"), (0.1, 1, "0.1"), (-2.345, 2, "-2.3"),
      (2.0 / 3, 6, "0.666667"), (1e-6, 3, "0.000001"), (0.1, 17, "0.1"), (1e-6, 17, "0.000001"), (.nan, 3, "-"),
      (.infinity, 3, "inf"), (5, 0, "5"),
    ] as [(Double, Int, String)])
  func significant(_ value: Double, _ digits: Int, _ text: String) {
    #expect(NumberFormat.significant(value, digits) == text)
  }

  @Test("numbers beyond reading are in exponent form")
  func exponentForm() {
    #expect(NumberFormat.significant(1e-7, 3) == "1e-7")
    #expect(NumberFormat.significant(2e15, 3) == "2e15")
    #expect(NumberFormat.significant(-9.996e20, 3) == "-1e21")
    #expect(NumberFormat.significant(1.234567e-9, 3) == "1.23e-9")
    #expect(NumberFormat.significant(.leastNonzeroMagnitude, 2) == "4.9e-324")
    #expect(NumberFormat.significant(.greatestFiniteMagnitude, 3) == "1.8e308")
    #expect(NumberFormat.fixed(1e18, decimals: 2) == "1000000000000000000")
  }

  @Test(
    "fixed decimals round halves away from zero",
    arguments: [
      (2.5, 0, "3"), (-2.5, 0, "-3"), (0.125, 2, "0.13"), (1, 2, "1.00"), (-0.4, 0, "0"), (-0.04, 1, "0.0"),
      (0.05, 1, "0.1"), (12.345, 1, "12.3"), (0, 3, "0.000"), (.nan, 2, "-"), (-.infinity, 2, "-inf"),
      (0, 30, "0." + String(repeating: "0", count: 18)), (7.3, -1, "7"),
    ] as [(Double, Int, String)])
  func fixed(_ value: Double, _ decimals: Int, _ text: String) {
    #expect(NumberFormat.fixed(value, decimals: decimals) == text)
  }

  @Test(
    "whole numbers are grouped by thousands",
    arguments: [
      (0, "0"), (12, "12"), (999, "999"), (999.6, "1,000"), (1000, "1,000"), (112_500, "112,500"),
      (-1_234_567, "-1,234,567"), (-0.4, "0"), (1e15, "1,000,000,000,000,000"), (1e19, "1e19"), (.nan, "-"),
      (-.infinity, "-inf"),
    ] as [(Double, String)])
  func grouped(_ value: Double, _ text: String) {
    #expect(NumberFormat.grouped(value) == text)
  }

  @Test(
    "spans of time read in their two largest units",
    arguments: [
      (0, "0 s"), (0.000_002, "2 us"), (0.0015, "1.5 ms"), (0.999_999_6, "1 s"), (0.000_999_999_6, "1 ms"), (1, "1 s"),
      (45, "45 s"), (59.94, "59.9 s"), (59.96, "1 min"), (60, "1 min"), (150, "2 min 30 s"), (3599.6, "1 h"),
      (10_800, "3 h"), (12_600, "3 h 30 min"), (86_399, "1 d"), (1_058_400, "12 d 6 h"), (-45, "-45 s"),
    ] as [(Double, String)])
  func duration(_ seconds: Double, _ text: String) {
    #expect(NumberFormat.duration(.seconds(seconds)) == text)
  }

  @Test("quantities read as people write them")
  func quantities() {
    #expect(RequestRate.perSecond(221_000).formatted() == "221k/s")
    #expect("\(RequestRate.perSecond(75_000))" == "75k/s")
    #expect(TokenRate.perSecond(2500).formatted() == "2500 tok/s")
    #expect(Bytes.gigabytes(1.5).formatted() == "1.5 GB")
    #expect(Bytes(rawValue: 512).formatted() == "512 B")
    #expect(Bytes(rawValue: 999_999).formatted() == "1 MB")
    #expect(ByteRate.gigabytesPerSecond(900).formatted() == "900 GB/s")
    #expect(Money.dollars(126_400).formatted() == "$126.4k")
    #expect(Money.dollars(-5).formatted() == "-$5")
    #expect(HourlyPrice.dollarsPerHour(1.006).formatted() == "$1.006/h")
    #expect(Utilization.percent(70).formatted() == "70 %")
    #expect(Fraction.percent(99.95).formatted(digits: 4) == "99.95 %")
    #expect(Factor(4).formatted() == "4x")
    #expect(FLOPRate.teraPerSecond(312).formatted() == "312TFLOP/s")
    #expect(RequestRate(rawValue: .nan).formatted() == "-/s")
  }

  @Test("dates read as people write them")
  func dates() throws {
    let date = try #require(CivilDate(year: 2026, month: 11, day: 27))
    #expect(date.long == "Friday 27 November 2026")
    #expect(date.short == "Fri 27 Nov")
    #expect("\(date)" == "2026-11-27")
  }

  @Test(
    "a share keeps its nines, never rounds up to what was not reached, and forgives a sum's rounding",
    arguments: [
      (0.34, "34 %"), (0.007, "0.7 %"), (0.95, "95 %"), (0.9994, "99.94 %"), (0.999987, "99.9987 %"),
      (0.99999999, "99.9999 %"), (0.9999999999999934, "100 %"), (1, "100 %"), (1.25, "125 %"), (.nan, "-"),
    ])
  func share(_ value: Double, _ text: String) { #expect(NumberFormat.share(value) == text) }
}
