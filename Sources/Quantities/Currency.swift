/// The currency in which amounts of money are read and shown.
///
/// ``Money`` and ``HourlyPrice`` hold one number; which currency it counts is said once for all of them, by the plan, and
/// holds for everything that is read and written within ``shown(_:)``. No rate of exchange is known here, so that amounts
/// in two currencies are never added up: an amount written in another one is refused.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
  /// The three letters of ISO 4217: `"EUR"`.
  public let code: String

  public static let dollars = Currency(known: "USD")

  /// The currency that amounts count in here; US dollars where nobody says.
  @TaskLocal public static var current = Currency.dollars

  private init(known code: String) { self.code = code }

  /// - Parameter code: three letters, in either case.
  /// - Returns: nil where ISO 4217 has no such currency.
  public init?(_ code: String) {
    let upper = code.uppercased()
    guard Self.codes.contains(upper) else { return nil }
    self.code = upper
  }

  public var description: String { code }
  public var isDollars: Bool { code == "USD" }
  /// As an axis or a sentence names it: `US dollars`, `EUR`.
  public var title: String { isDollars ? "US dollars" : code }

  /// Runs `body`, within which every amount is read and shown in this currency.
  public func shown<Value>(_ body: () throws -> Value) rethrows -> Value {
    try Self.$current.withValue(self, operation: body)
  }

  /// A number as an amount: `$126.4k`, `126.4k EUR`.
  /// - Parameters:
  ///   - number: its digits, without a sign.
  ///   - unit: what stands behind it: `"/h"`, or nothing.
  public func written(_ number: String, isNegative: Bool, per unit: String = "") -> String {
    let sign = isNegative ? "-" : ""
    return isDollars ? "\(sign)$\(number)\(unit)" : "\(sign)\(number) \(code)\(unit)"
  }

  // MARK: Reading

  /// Splits an amount into its currency and the rest: `1.20 EUR/h`, `EUR 1.20/h` and `€1.20/h` give EUR and `1.20/h`.
  static func split(_ text: String) -> (currency: Currency?, rest: String) {
    var body = text.drop { $0 == " " || $0 == "\t" }
    var sign = ""
    if let first = body.first, first == "-" || first == "+" {
      sign = String(first)
      body = body.dropFirst()
    }
    for (mark, code) in [("US$", "USD"), ("$", "USD"), ("€", "EUR"), ("£", "GBP")] where body.hasPrefix(mark) {
      return (Currency(known: code), sign + body.dropFirst(mark.count))
    }
    // A run of exactly three letters that is a currency, before or behind the number.
    let letters = Array(body)
    var i = 0
    while i < letters.count {
      guard letters[i].isASCII, letters[i].isLetter else {
        i += 1
        continue
      }
      var end = i
      while end < letters.count, letters[end].isASCII, letters[end].isLetter { end += 1 }
      let isBehindUnit = i > 0 && letters[i - 1] == "/"
      if end - i == 3, !isBehindUnit, let currency = Currency(String(letters[i..<end])) {
        let rest = String(letters[..<i]) + String(letters[end...])
        return (currency, sign + rest.drop { $0 == " " })
      }
      // `5kEUR`: the multiple stands before the code.
      if end - i == 4, !isBehindUnit, "kKMGTP".contains(letters[i]),
        let currency = Currency(String(letters[(i + 1)..<end]))
      {
        return (currency, sign + String(letters[...i]) + String(letters[end...]))
      }
      i = end
    }
    return (nil, sign + body)
  }

  /// The text of an amount without its currency, which must be the one that amounts count in.
  static func body(of text: String, example: String) throws(QuantityError) -> String {
    let (currency, rest) = split(text)
    let own = Currency.current
    if let currency, currency != own {
      throw QuantityError(
        problem: "is in \(currency.title), and amounts here count in \(own.title)",
        remedy: own.isDollars
          ? "say 'currency: \(currency)' once at the top of the plan, and write every price in it"
          : "write it in \(own), as \(example)")
    }
    return rest
  }

  /// ISO 4217's list of active codes that are money of a country (published by SIX, table A.1).
  private static let codes: Set<String> = Set(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC \
    CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR \
    ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE \
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER \
    ZAR ZMW ZWG
    """.split(separator: " ").map(String.init))
}
