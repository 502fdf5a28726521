import Quantities

/// What an hour of one machine costs, with where the number comes from.
public struct Price: Hashable, Sendable {
  public var hourly: HourlyPrice
  public var lifecycle: Lifecycle
  /// The region of a price that holds everywhere, such as one that a plan states itself.
  public static let anyRegion = "any"

  /// The region the price is of, in the cloud's own words (`us-east-1`), or ``anyRegion``.
  public var region: String
  /// Where the number comes from: a price list, a file, the plan itself.
  public var source: String
  /// When it was true: `2025-06` or `2025-06-15`.
  public var date: String
  /// Whether the number is a guess rather than a quotation.
  public var isEstimate: Bool
  /// The currency that it was stated in.
  public let currency: Currency

  public init(
    hourly: HourlyPrice, lifecycle: Lifecycle, region: String, source: String, date: String, isEstimate: Bool = false,
    currency: Currency = .current
  ) {
    self.hourly = hourly
    self.lifecycle = lifecycle
    self.region = region
    self.source = source
    self.date = date
    self.isEstimate = isEstimate
    self.currency = currency
  }
}
