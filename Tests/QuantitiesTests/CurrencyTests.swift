import Quantities
import Testing

@Suite struct CurrencyTests {
  static let euro = Currency("EUR") ?? .dollars

  @Test(
    "prices are read in the currency that counts, written before or behind",
    arguments: [
      ("1.20 EUR/h", 1.2), ("1.20EUR/h", 1.2), ("EUR 1.20/h", 1.2), ("€1.20/h", 1.2), ("1.2/h", 1.2), ("1.2", 1.2),
      ("730 EUR/month", 1.0), ("8760 eur/year", 1.0), ("1.5k EUR/h", 1500), ("1,200 EUR/h", 1200),
    ])
  func reads(text: String, value: Double) throws {
    let price = try Self.euro.shown { try HourlyPrice.parse(text) }
    #expect(abs(price.rawValue - value) < 1e-9)
  }

  @Test(
    "amounts too, with a sign", arguments: [("50k EUR", 50_000.0), ("-5 EUR", -5), ("€1,200", 1200), ("5kEUR", 5000)])
  func readsMoney(text: String, value: Double) throws {
    let amount = try Self.euro.shown { try Money.parse(text) }
    #expect(amount.rawValue == value)
  }

  @Test(
    "another currency is refused by name, with what to do", arguments: ["$1.20/h", "1.20 USD/h", "1.20 CHF/h", "£2/h"])
  func refuses(text: String) {
    let error = #expect(throws: QuantityError.self) { try Self.euro.shown { try HourlyPrice.parse(text) } }
    #expect(error?.problem.hasSuffix("and amounts here count in EUR") == true)
    #expect(error?.remedy.contains("EUR") == true)
    let dollars = #expect(throws: QuantityError.self) { try HourlyPrice.parse("1.20 EUR/h") }
    #expect(dollars?.remedy.contains("currency: EUR") == true)
  }

  @Test("what is no currency is no price", arguments: ["1.2 XYZ/h", "EUR", "1.2 EUR EUR/h", "x EUR/h", "1.2 EURO/h"])
  func noPrice(text: String) {
    #expect(throws: QuantityError.self) { try Self.euro.shown { try HourlyPrice.parse(text) } }
  }

  @Test("amounts are shown in it, and read back as shown")
  func shown() throws {
    #expect("\(Money.dollars(126_400))" == "$126.4k" && "\(HourlyPrice.dollarsPerHour(-1.2))" == "-$1.2/h")
    for value in [0.0, 1.5, -3, 999, 12_300, 1e9] {
      let back = try Self.euro.shown { try Money.parse("\(Money.dollars(value))") }
      #expect(back.rawValue == value)
    }
    Self.euro.shown {
      #expect("\(Money.dollars(126_400))" == "126.4k EUR" && "\(HourlyPrice.dollarsPerHour(1.2))" == "1.2 EUR/h")
    }
    #expect("\(Money.dollars(1))" == "$1")
  }

  @Test("a code is three letters of ISO 4217, in either case")
  func codes() {
    #expect(Currency("eur")?.code == "EUR" && Currency("JPY") != nil)
    for text in ["", "EU", "EURO", "XXX", "E R", "€"] { #expect(Currency(text) == nil) }
  }
}
