import Quantities
import Testing

@Suite struct QuantityTextTests {
  /// The parsed number in its base unit, or the problem in brackets.
  func read<T: Quantity & QuantityText>(_ text: String, as: T.Type) -> String {
    do { return NumberFormat.significant(try T.parse(text).rawValue, 9) } catch { return "[\(error.problem)]" }
  }

  @Test(
    "rates",
    arguments: [
      ("120/s", "120"), ("120", "120"), (" 120 rps ", "120"), ("2.5k/s", "2500"), ("2.5 k req/s", "2500"),
      ("7200/min", "120"), ("1M/h", "277.777778"), ("1G/day", "11574.0741"), ("3600 per hour", "1"), ("5 Hz", "5"),
      ("112,500/s", "112500"), ("112_500/s", "112500"), ("1,000,000/s", "1000000"), ("1e3/s", "1000"),
      ("1.5E+2/s", "150"), ("+5/s", "5"), (".5/s", "0.5"), ("0", "0"), ("1k QPS", "1000"),
      ("-5/s", "[is negative]"), ("", "[is not a rate]"), ("fast", "[is not a rate]"), ("5 kg", "[is not a rate]"),
      ("5/fortnight", "[is not a rate]"), ("1,00/s", "[is not a rate]"), ("1,0000/s", "[is not a rate]"),
      ("1.2.3/s", "[is not a rate]"), ("nan", "[is not a rate]"), ("inf/s", "[is not a rate]"),
      ("1e400/s", "[is not a rate]"), ("1e308G/s", "[is not a rate]"), ("--5", "[is not a rate]"),
      ("\u{0}5", "[is not a rate]"), ("5\u{301}/s", "[is not a rate]"), (".", "[is not a rate]"),
    ])
  func rates(_ text: String, _ expected: String) { #expect(read(text, as: RequestRate.self) == expected) }

  @Test(
    "token rates",
    arguments: [
      ("2500 tok/s", "2500"), ("2.5k tokens/s", "2500"), ("40 tps", "40"), ("7", "7"),
      ("5 tok/min", "[is not a token rate]"), ("-1 tok/s", "[is not a token rate]"),
    ])
  func tokenRates(_ text: String, _ expected: String) { #expect(read(text, as: TokenRate.self) == expected) }

  @Test(
    "fractions",
    arguments: [
      ("70%", "0.7"), ("70 %", "0.7"), ("70 percent", "0.7"), ("0.7", "0.7"), ("3", "3"), ("300%", "3"),
      ("-10%", "-0.1"),
      ("50", "[is ambiguous: a fraction or a percentage?]"), ("-50", "[is ambiguous: a fraction or a percentage?]"),
      ("half", "[is not a fraction]"), ("5k%", "[is not a fraction]"),
    ])
  func fractions(_ text: String, _ expected: String) { #expect(read(text, as: Fraction.self) == expected) }

  @Test("an ambiguous fraction is told both ways to write it")
  func ambiguousFraction() {
    #expect(throws: QuantityError(problem: "is ambiguous: a fraction or a percentage?", remedy: "write 50% or 0.5")) {
      try Fraction.parse("50")
    }
  }

  @Test(
    "utilizations",
    arguments: [
      ("70%", "0.7"), ("1", "1"), ("100%", "1"), ("0", "[is not a utilization]"), ("101%", "[is not a utilization]"),
      ("-5%", "[is not a utilization]"), ("x", "[is not a fraction]"),
    ])
  func utilizations(_ text: String, _ expected: String) { #expect(read(text, as: Utilization.self) == expected) }

  @Test(
    "factors",
    arguments: [
      ("4", "4"), ("4x", "4"), ("4 X", "4"), ("2.5 times", "2.5"), ("+300%", "4"), ("-50%", "0.5"), ("150%", "1.5"),
      ("4y", "[is not a factor]"), ("", "[is not a factor]"),
    ])
  func factors(_ text: String, _ expected: String) { #expect(read(text, as: Factor.self) == expected) }

  @Test(
    "prices",
    arguments: [
      ("$1.2/h", "1.2"), ("1.2/h", "1.2"), ("1.2", "1.2"), ("$730/month", "1"), ("$8760/year", "1"), ("$0", "0"),
      (" $1.2 / hour", "1.2"), ("-1/h", "[is not a price]"), ("$/h", "[is not a price]"),
      ("5 EUR/h", "[is in EUR, and amounts here count in US dollars]"),
    ])
  func prices(_ text: String, _ expected: String) { #expect(read(text, as: HourlyPrice.self) == expected) }

  @Test(
    "money",
    arguments: [
      ("$1200", "1200"), ("$1.2k", "1200"), ("1,200 USD", "1200"), ("3M", "3000000"), ("-$5", "-5"), ("$-5", "-5"),
      ("5 EUR", "[is in EUR, and amounts here count in US dollars]"), ("", "[is not an amount of money]"),
    ])
  func money(_ text: String, _ expected: String) { #expect(read(text, as: Money.self) == expected) }

  @Test(
    "sizes",
    arguments: [
      ("16GB", "16000000000"), ("16 GiB", "17179869184"), ("1Ki", "1024"), ("512", "512"), ("1.5 kB", "1500"),
      ("2T", "2000000000000"), ("-1GB", "[is not a size]"), ("1 XB", "[is not a size]"),
      ("1e308 PB", "[is not a size]"),
    ])
  func sizes(_ text: String, _ expected: String) { #expect(read(text, as: Bytes.self) == expected) }

  @Test(
    "spans of time",
    arguments: [
      ("45s", 45), ("250ms", 0.25), ("5m", 300), ("1h30m", 5400), ("1 h 30 min", 5400), ("90d", 7_776_000),
      ("2 weeks", 1_209_600), ("1.5h", 5400), ("10us", 1e-5), ("10µs", 1e-5), ("7ns", 7e-9), ("0", 0), ("0s", 0),
      ("1 month", 2_629_800), ("1y", 31_557_600), ("1d 12h", 129_600),
    ] as [(String, Double)])
  func spans(_ text: String, _ seconds: Double) throws {
    let span = try Duration.parse(text)
    #expect(abs(span.seconds - seconds) <= 1e-9)
  }

  @Test(
    "what is not a span of time",
    arguments: ["", "45", "s", "5 parsecs", "-5s", "1h30", "5m,3s", "1e300y", "nan s", "300y", "0 0", "5s x"])
  func noSpans(_ text: String) { #expect(throws: QuantityError.self) { try Duration.parse(text) } }

  @Test("every error names a remedy that reads")
  func remediesRead() throws {
    #expect(try RequestRate.parse("120/s") == .perSecond(120))
    #expect(try TokenRate.parse("2500 tok/s") == .perSecond(2500))
    #expect(try HourlyPrice.parse("$900/month").rawValue > 1)
    #expect(try Bytes.parse("16GiB") == .gibibytes(16))
    #expect(QuantityError(problem: "is not a rate", remedy: "write 120/s").description == "is not a rate: write 120/s")
  }
}
