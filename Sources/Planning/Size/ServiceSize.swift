import Catalogs
import Costs
import Quantities
import Serving

/// How many replicas a rate needs, or what so many carry: `headroom size` for one service.
public struct ServiceSize: Sendable {
  /// How much one input may change before the answer no longer holds.
  public struct Cliff: Hashable, Sendable {
    /// `"requests a second"`, `"tokens of a prompt"`.
    public var what: String
    /// The largest factor on it that the replicas still carry; infinite where no end was found.
    public var factor: Double

    public init(what: String, factor: Double) {
      self.what = what
      self.factor = factor
    }
    /// An answer that a tenth more breaks.
    public var isNear: Bool { factor < 1.1 }
  }

  /// Power at the chips' design power: an upper bound, which a decode that waits for memory does not reach.
  public struct Draw: Hashable, Sendable {
    public var perReplica: Power
    public var perRack: Power
    public var cardsPerRack: Int
    /// Joules of a token of an answer at the operating point.
    public var joulesPerToken: Double
  }

  /// A machine that carries replicas, and what they cost on it.
  public struct Offer: Hashable, Sendable {
    public var machine: Machine
    public var price: Price
    /// Replicas of one machine; below 1 where a replica spans several.
    public var replicas: Double
    public var machines: Int
    public var hourly: HourlyPrice
    /// For a million tokens of answers, or requests where tokens are not known.
    public var perMillion: Money
  }

  public let service: ServiceEstimate
  public let objective: Objective
  public let capacity: CapacityEstimate
  /// The demand asked for; what the replicas carry where it was not.
  public let demand: RequestRate
  public let isDemandGiven: Bool
  /// The replicas that carry it; nil where no number does.
  public let replicas: Int?
  /// How they fare.
  public let level: ServiceLevel
  /// Levels of one replica by the rate that it sees, up to its saturation.
  public let curve: [(rate: RequestRate, level: ServiceLevel)]
  public let cliffs: [Cliff]
  public let draw: Draw?
  public let offers: [Offer]
  /// What asks for the replicas: capacity, or a bound.
  public let need: ReplicaNeed.Binding
  /// What binds a replica at its operating point, where the model knows more than its queue.
  public let bound: String?
  /// What all replicas together may draw; nil where nothing bounds it.
  public let powerCap: Power?

  /// - Parameters:
  ///   - demand: Requests a second for all replicas; nil asks what `replicas` carry.
  ///   - replicas: How many there are, where that is given.
  ///   - powerCap: What all replicas together may draw, at the cards' design power.
  ///   - catalog: Machines that are offered for the model's accelerator.
  public init(
    _ service: ServiceEstimate, meeting objective: Objective, demand: RequestRate? = nil, replicas: Int? = nil,
    fill: Double = 1, powerCap: Power? = nil, catalog: Catalog = .builtIn, region: String? = nil
  ) {
    let model = service.mid
    let capacity = CapacityEstimate(service, meeting: objective, fill: fill)
    let carried = capacity.carried(by: replicas ?? 1).mid
    let asked = demand ?? carried
    var count: Int? = replicas ?? 1
    if let demand, replicas == nil {
      let found = capacity.replicas(for: demand)
      count = found < ServiceCapacity.most ? found : nil
    }
    self.service = service
    self.objective = objective
    self.powerCap = powerCap
    self.capacity = capacity
    self.demand = asked
    isDemandGiven = demand != nil
    self.replicas = count
    let level = model.level(of: asked, replicas: count ?? 1)
    self.level = level
    need = capacity.mid.binding(of: asked)
    let top = model.capacityPerReplica
    curve = (1...50).map { i in
      let rate = top * (Double(i) / 51)
      return (rate, model.level(of: rate, replicas: 1))
    }
    let llm = model as? any TokenService
    bound = llm.map { $0.bound(at: level.utilization.rawValue) }
    cliffs = Self.cliffs(capacity, llm, objective, asked, count, fill)
    draw = llm.flatMap { Self.draw($0, asked, count ?? 1) }
    offers = llm.map { Self.offers($0, asked, count ?? 1, catalog, region) } ?? []
  }

  /// Whether any number of replicas meets the objective.
  public var isAttainable: Bool { replicas != nil && capacity.mid.isAttainable }
  /// Whether so many replicas carry the demand within the objective.
  public var isMet: Bool {
    guard let replicas else { return false }
    return isAttainable && isWithinPower
      && capacity.carried(by: replicas).mid.perSecond >= demand.perSecond * (1 - 1e-9)
  }

  /// Replicas that the power cap has room for; nil without a cap, and where the cards' power is not known.
  public var replicasWithinPower: Int? {
    guard let powerCap, let draw, draw.perReplica.watts > 0 else { return nil }
    return Int(min(1e9, powerCap.watts / draw.perReplica.watts + 1e-9))
  }
  public var isWithinPower: Bool { replicasWithinPower.map { (replicas ?? 0) <= $0 } ?? true }

  private static func cliffs(
    _ capacity: CapacityEstimate, _ llm: (any TokenService)?, _ objective: Objective, _ demand: RequestRate,
    _ replicas: Int?,
    _ fill: Double
  ) -> [Cliff] {
    guard let replicas, replicas > 0, demand > .zero else { return [] }
    var cliffs = [
      Cliff(what: "requests a second", factor: capacity.carried(by: replicas).mid.perSecond / demand.perSecond)
    ]
    guard let llm else { return cliffs }
    func holds(_ lengths: TokenLengths) -> Bool {
      guard let changed = try? llm.serving(lengths) else { return false }
      let carried = ServiceCapacity(changed, meeting: objective, fill: fill).carried(by: replicas)
      return carried.perSecond >= demand.perSecond * (1 - 1e-9)
    }
    for (what, change) in [
      (
        "tokens of a prompt",
        { (factor: Double) in
          TokenLengths(
            input: llm.lengths.input * factor, output: llm.lengths.output, leastShare: llm.lengths.leastShare,
            variability: llm.lengths.variability, cachedShare: llm.lengths.cachedShare)
        }
      ),
      (
        "tokens of an answer",
        { (factor: Double) in
          TokenLengths(
            input: llm.lengths.input, output: llm.lengths.output * factor, leastShare: llm.lengths.leastShare,
            variability: llm.lengths.variability, cachedShare: llm.lengths.cachedShare)
        }
      ),
    ] as [(String, (Double) -> TokenLengths)] {
      guard holds(change(1)) else {
        cliffs.append(Cliff(what: what, factor: 1))
        continue
      }
      var low = 1.0
      var high = 4.0
      if holds(change(high)) {
        cliffs.append(Cliff(what: what, factor: .infinity))
        continue
      }
      for _ in 0..<5 {
        let middle = (low * high).squareRoot()
        if holds(change(middle)) { low = middle } else { high = middle }
      }
      cliffs.append(Cliff(what: what, factor: low))
    }
    return cliffs
  }

  private static func draw(_ llm: any TokenService, _ demand: RequestRate, _ replicas: Int) -> Draw? {
    guard let power = llm.deployment.accelerator.designPower, replicas > 0 else { return nil }
    let chip = llm.deployment.accelerator
    let cards = max(chip.perNode, min(chip.linkDomain, 72))
    let tokens = demand.perSecond * llm.lengths.meanOutput
    let all = power * Double(llm.deployment.cards * replicas)
    return Draw(
      perReplica: power * Double(llm.deployment.cards), perRack: power * Double(cards), cardsPerRack: cards,
      joulesPerToken: tokens > 0 ? all.watts / tokens : .infinity)
  }

  private static func offers(
    _ llm: any TokenService, _ demand: RequestRate, _ replicas: Int, _ catalog: Catalog, _ region: String?
  ) -> [Offer] {
    offers(
      of: llm.deployment, replicas: replicas, yielding: .perSecond(demand.perSecond * llm.lengths.meanOutput),
      catalog: catalog, region: region)
  }

  /// Machines of the catalog that carry replicas of a deployment, the cheapest first.
  /// - Parameter tokens: What all of them yield, by which a million tokens are priced.
  static func offers(
    of deployment: Deployment, replicas: Int, yielding tokens: TokenRate, catalog: Catalog, region: String? = nil
  ) -> [Offer] {
    let chip = deployment.accelerator
    let cards = deployment.cards
    var offers: [Offer] = []
    for machine in catalog.machines where machine.accelerator?.name == chip.name && machine.acceleratorCount > 0 {
      guard let price = machine.price(.onDemand, in: region) else { continue }
      // A replica does not span a part of two machines: whole replicas of one, or whole machines of one replica.
      let share = machine.acceleratorCount / cards
      let machines =
        share > 0
        ? (replicas + share - 1) / share
        : replicas * ((cards + machine.acceleratorCount - 1) / machine.acceleratorCount)
      let hourly = price.hourly * Double(machines)
      offers.append(
        Offer(
          machine: machine, price: price,
          replicas: share > 0 ? Double(share) : Double(machine.acceleratorCount) / Double(cards), machines: machines,
          hourly: hourly, perMillion: hourly.perMillion(at: tokens)))
    }
    return Array(offers.sorted { $0.hourly < $1.hourly }.prefix(5))
  }
}
