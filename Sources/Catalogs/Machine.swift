import Quantities

/// A machine type that one can rent or own, with its prices.
public struct Machine: Hashable, Sendable {
  public var name: String
  /// `aws`, `gcp`, `azure`, ..., `on premise`.
  public var cloud: String
  public var vcpus: Int
  public var memory: Bytes
  /// The kind of accelerator in it; nil for a machine without.
  public var accelerator: Accelerator?
  public var acceleratorCount: Int
  /// Network bandwidth, where known (clouds state it as "up to").
  public var network: ByteRate?
  public var prices: [Price]

  public init(
    name: String, cloud: String, vcpus: Int, memory: Bytes, accelerator: Accelerator? = nil, acceleratorCount: Int = 0,
    network: ByteRate? = nil, prices: [Price] = []
  ) {
    self.name = name
    self.cloud = cloud
    self.vcpus = vcpus
    self.memory = memory
    self.accelerator = accelerator
    self.acceleratorCount = accelerator == nil ? 0 : acceleratorCount
    self.network = network
    self.prices = prices
  }

  /// What a plan runs on that names no machine: of no size and no price.
  public static let unnamed = Machine(name: "", cloud: "", vcpus: 0, memory: .zero)
  /// Whether somebody said which machine it is.
  public var isNamed: Bool { !name.isEmpty }

  /// Memory of all accelerators of the machine together; zero without one.
  public var acceleratorMemory: Bytes { (accelerator?.memory ?? .zero) * Double(acceleratorCount) }

  /// The price of an hour.
  ///
  /// A price of the region asked for goes first. Where the catalog has none, the price of another region stands
  /// in, marked as an estimate and keeping its own region, so that a report can say so (prices between regions
  /// of one cloud differ by up to about 60 %).
  ///
  /// Hot and warm standby cost as on demand, cold standby nothing, unless the catalog has a row of their own.
  ///
  /// - Parameters:
  ///   - lifecycle: How the machine is held.
  ///   - region: The region it runs in; nil takes the catalog's first.
  /// - Returns: nil where no price of that lifecycle is known at all.
  public func price(_ lifecycle: Lifecycle = .onDemand, in region: String? = nil) -> Price? {
    let candidates = prices.filter { $0.lifecycle == lifecycle }
    if let exact = candidates.first(where: { region == nil || $0.region == region || $0.region == Price.anyRegion }) {
      return exact
    }
    if var other = candidates.first {
      other.isEstimate = true
      return other
    }
    switch lifecycle {
    case .standbyHot, .standbyWarm:
      guard var running = price(.onDemand, in: region) else { return nil }
      running.lifecycle = lifecycle
      return running
    case .standbyCold:
      return Price(
        hourly: .zero, lifecycle: .standbyCold, region: region ?? "", source: "not running until it is needed",
        date: price(.onDemand, in: region)?.date ?? "")
    case .onDemand, .reservedOneYear, .reservedThreeYears, .spot:
      return nil
    }
  }

  /// The saving of a lifecycle against on demand: 0.37 means 37 % less. nil where either price is unknown.
  public func discount(of lifecycle: Lifecycle, in region: String? = nil) -> Fraction? {
    guard let full = price(.onDemand, in: region)?.hourly, full > .zero, let reduced = price(lifecycle, in: region)
    else { return nil }
    return Fraction(rawValue: 1 - reduced.hourly / full)
  }

  /// The same machine with one price put in place of the others of that lifecycle and region; a price for any
  /// region replaces those of all regions.
  public func priced(_ price: Price) -> Machine {
    var copy = self
    copy.prices.removeAll {
      $0.lifecycle == price.lifecycle && ($0.region == price.region || price.region == Price.anyRegion)
    }
    copy.prices.insert(price, at: 0)
    return copy
  }
}
