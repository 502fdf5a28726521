import Catalogs
import Quantities
import Serving
import Simulating

/// How many sessions a fleet carries with each tier of cache that it may have, and what a seat costs.
public struct SessionSizing: Sendable {
  /// One store for what the cards' memory has no room for.
  public struct Variant: Sendable {
    /// `"cards alone"`, `"with 512 GB DRAM"`.
    public var name: String
    public var tiers: [PrefixCache.Tier]
    public var answer: SeatSearch.Answer
    /// Seats of one card.
    public var seatsPerCard: Double
    /// An hour of one seat, on the cheapest machine; memory and disk that machines come with cost nothing beside.
    public var perSeat: HourlyPrice?
  }

  public let world: TokenWorld
  public let load: SessionLoad
  public let objective: Objective
  public let variants: [Variant]
  public let offer: ServiceSize.Offer?
  public let summary: String

  /// - Parameters:
  ///   - tiers: what may be had, each with all before it.
  ///   - map: runs independent work, results in order; the answer does not depend on how.
  public init(
    _ world: TokenWorld, load: SessionLoad, objective: Objective, tiers: [(name: String, tiers: [PrefixCache.Tier])],
    summary: String, catalog: Catalog = .builtIn,
    map: (Int, @escaping @Sendable (Int) -> SeatSearch.Answer) -> [SeatSearch.Answer]
  ) {
    self.world = world
    self.load = load
    self.objective = objective
    self.summary = summary
    let offer = ServiceSize.offers(
      of: world.replica.deployment, replicas: world.replicas, yielding: .perSecond(1), catalog: catalog
    ).first
    self.offer = offer
    let stores = tiers.map(\.tiers)
    let answers = map(tiers.count) { i in
      var own = world
      own.tiers = stores[i]
      return SeatSearch(own, load: load, objective: objective).most()
    }
    let cards = Double(world.replica.deployment.cards * world.replicas)
    variants = zip(tiers, answers).map { tier, answer in
      let seats = Double(answer.isMet ? answer.seats : 0)
      return Variant(
        name: tier.name, tiers: tier.tiers, answer: answer, seatsPerCard: seats / cards,
        perSeat: seats > 0 ? offer.map { $0.hourly / seats } : nil)
    }
  }
}
