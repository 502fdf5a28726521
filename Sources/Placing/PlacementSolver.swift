import Optimizing
import Quantities

/// Finds the placement of least cost: machines alone are variables; what they must hold comes as inequalities, when it is
/// violated (`CapacityCuts`), and the egress as planes below it (`EgressFlow`).
///
/// First the linear relaxation until nothing is violated, then mixed-integer rounds on what was found. Each round's bound is
/// a bound of the whole (it leaves out constraints only), and each round's machines, where they hold, are a plan with its
/// true cost; where they lack something, machines are added until they hold.
public struct PlacementSolver {
  public struct Limits: Sendable {
    /// Ends when (cost - bound) / cost is at most this.
    public var gap = 1e-6
    /// Seconds that are left; asked between rounds.
    public var remaining: @Sendable () -> Double = { .infinity }
    /// Whether somebody wants it to end now.
    public var isStopped: @Sendable () -> Bool = { false }
    /// Seconds since the search began, for ``patience``.
    public var elapsed: @Sendable () -> Double = { 0 }
    /// A plan within ``closeEnough`` of the bound is taken once neither it nor the bound has moved by a ten-thousandth for
    /// so many seconds: the last tenths of a percent of a proof over 16 regions and more take minutes and save nothing.
    public var patience = Double.infinity
    public var closeEnough = 5e-3
    /// The most branches of one round, where no clock may decide (the same input gives the same plan); nil for no bound.
    public var nodes: Int?
    public init() {}
  }

  let problem: RegionProblem
  let limits: Limits
  private let states: [RegionState]
  private var cutter: CapacityCuts
  private let egress: EgressFlow?
  private let egressPrice: Double
  /// What flows where it is not ours to choose.
  private let shares: FixedShares?

  private var program = LinearProgram()
  private var machines: [LinearProgram.Variable] = []
  private var opened: [LinearProgram.Variable?] = []
  private var awayByHour: [LinearProgram.Variable] = []
  private var rows: [RegionSet: (row: LinearProgram.Constraint, rate: Double)] = [:]
  private var cutCount = 0

  /// The normal state and one for each loss.
  static func states(_ problem: RegionProblem, strategy: PlacementStrategy) -> [RegionState] {
    let all = [RegionState(problem, loss: nil)] + problem.losses.indices.map { RegionState(problem, loss: $0) }
    return strategy == .nearest ? all.map { $0.nearest(problem) } : all
  }

  /// - Parameter strategy: best, nearest or proportional; the others are restrictions of the problem itself
  ///   (``RegionProblem/placed(_:limits:)``).
  public init(
    _ problem: RegionProblem, strategy: PlacementStrategy = .best, limits: Limits = Limits()
  ) throws(OptimizingError) {
    try Solver.require()
    self.problem = problem
    self.limits = limits
    states = Self.states(problem, strategy: strategy)
    shares = strategy == .proportional ? FixedShares(problem, states) : nil
    cutter = CapacityCuts(problem, states: states)
    egressPrice = problem.steps > 0 ? problem.egress.rawValue / Double(problem.steps) : 0
    egress = egressPrice > 0 && shares == nil ? try EgressFlow(problem, state: states[0]) : nil
    declare()
  }

  // MARK: The program

  /// The machines and regions, and the simplest of the egress: what a region cannot serve of its own origins goes away.
  private mutating func declare() {
    for offer in problem.offers {
      machines.append(
        program.variable(
          cost: offer.price.rawValue, atLeast: Double(offer.held), atMost: Double(offer.quota), isInteger: true))
    }
    for (r, region) in problem.regions.enumerated() {
      let here = problem.offers.indices.filter { problem.offers[$0].region == r }
      let all = here.map { (machines[$0], 1.0) }
      if region.isAlwaysOpen { program.constrain(all, atLeast: Double(max(1, region.minimum))) }
      guard !here.isEmpty, region.fixedCost > .zero || region.minimum > 1 else {
        if let maximum = region.maximum, !here.isEmpty { program.constrain(all, atMost: Double(maximum)) }
        opened.append(nil)
        continue
      }
      let open = program.variable(cost: region.fixedCost.rawValue, atMost: 1, isInteger: true)
      opened.append(open)
      for i in here {
        let most = min(problem.offers[i].quota, region.maximum ?? .max)
        program.constrain([(machines[i], 1), (open, -Double(most))], atMost: 0)
      }
      if region.minimum > 1 { program.constrain(all + [(open, -Double(region.minimum))], atLeast: 0) }
      if let maximum = region.maximum { program.constrain(all + [(open, -Double(maximum))], atMost: 0) }
    }
    if egress != nil { declareEgress() }
    if let shares {
      for r in problem.regions.indices where shares.needed[r] > 0 {
        program.constrain(capacity(r), atLeast: shares.needed[r])
      }
    }
  }

  private mutating func declareEgress() {
    let normal = states[0]
    let scale = 1 + normal.terms.headroom
    for hour in 0..<problem.steps {
      let away = program.variable(cost: egressPrice)
      awayByHour.append(away)
      var terms: [LinearProgram.Term] = [(away, 1)]
      var atHome = [Double](repeating: 0, count: problem.regions.count)
      var homeless = 0.0
      for (o, origin) in problem.origins.enumerated() {
        let demand = normal.demand(problem, o, hour)
        if let home = origin.home, normal.admitted[o].contains(home) {
          atHome[home] += demand
        } else {
          homeless += demand
        }
      }
      for r in problem.regions.indices where atHome[r] > 0 {
        let over = program.variable()
        terms.append((over, -1))
        program.constrain([(over, 1)] + capacity(r, scale: 1 / scale), atLeast: atHome[r])
      }
      program.constrain(terms, atLeast: homeless)
    }
  }

  private func capacity(_ region: Int, scale: Double = 1) -> [LinearProgram.Term] {
    problem.offers.indices.compactMap { i in
      problem.offers[i].region == region ? (machines[i], problem.offers[i].rate.rawValue * scale) : nil
    }
  }

  /// Takes up what was found to be violated.
  /// - Returns: whether anything was new.
  private mutating func add(_ cuts: [CapacityCuts.Cut], to relaxed: RelaxedProgram?) -> Bool {
    var isNew = false
    for var cut in cuts {
      cut.rate = whole(cut)
      if let known = rows[cut.regions] {
        guard cut.rate > known.rate * (1 + 1e-12) else { continue }
        program.move(known.row, atLeast: cut.rate)
        relaxed?.move(known.row, atLeast: cut.rate)
        rows[cut.regions] = (known.row, cut.rate)
      } else {
        let terms = cut.regions.members.flatMap { capacity($0) }
        let row = program.constrain(terms, atLeast: cut.rate)
        relaxed?.constrain(terms, atLeast: cut.rate)
        rows[cut.regions] = (row, cut.rate)
      }
      isNew = true
    }
    return isNew
  }

  /// What whole machines make of an inequality: where all speeds are multiples of g, so is their sum.
  private func whole(_ cut: CapacityCuts.Cut) -> Double {
    var common = 0
    for offer in problem.offers where cut.regions.contains(offer.region) {
      let rate = offer.rate.rawValue
      guard rate == rate.rounded(), rate < 1e12 else { return cut.rate }
      var (a, b) = (common, Int(rate))
      while b != 0 { (a, b) = (b, a % b) }
      common = a
    }
    guard common > 1 else { return cut.rate }
    let step = Double(common)
    return ((cut.rate - CapacityCuts.tolerance(cut.rate)) / step).rounded(.up) * step
  }

  /// Planes below the egress where a solution claims less than there is.
  /// - Returns: whether anything was new.
  private mutating func addPlanes(_ solution: Solution, _ capacity: [Double], to relaxed: RelaxedProgram?) -> Bool {
    guard let egress else { return false }
    var isNew = false
    for hour in 0..<problem.steps {
      guard let plane = egress.plane(hour: hour, capacity: capacity),
        plane.value > solution[awayByHour[hour]] + 1e-4 * max(1, plane.value)
      else { continue }
      var terms: [LinearProgram.Term] = [(awayByHour[hour], 1)]
      for r in problem.regions.indices where plane.slopes[r] > 1e-9 {
        terms += self.capacity(r, scale: plane.slopes[r])
      }
      program.constrain(terms, atLeast: plane.constant)
      relaxed?.constrain(terms, atLeast: plane.constant)
      cutCount += 1
      isNew = true
    }
    return isNew
  }

  /// What some capacity lacks. Where flows are fixed, a region's own need is all there is.
  private mutating func violated(_ held: [Double]) -> [CapacityCuts.Cut] {
    guard let shares else { return cutter.violated(by: held) }
    return problem.regions.indices.compactMap { r in
      guard held[r] < shares.needed[r] - CapacityCuts.tolerance(shares.needed[r]) else { return nil }
      var set = RegionSet(problem.regions.count)
      set.insert(r)
      return CapacityCuts.Cut(regions: set, rate: shares.needed[r], state: 0, hour: 0, origins: [])
    }
  }

  private func capacity(of counts: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: problem.regions.count)
    for (offer, n) in zip(problem.offers, counts) { sums[offer.region] += offer.rate.rawValue * n }
    return sums
  }

  private var fixedEgress: Double { (shares?.away ?? 0) * egressPrice }

  // MARK: Solving

  public mutating func solve() throws(OptimizingError) -> Placement {
    let clash = PlacementClash.found(problem, states: states, shares: shares)
    var answer = Placement(
      status: .unknown, counts: [], cost: .zero, egress: .zero, bound: .zero, relaxation: .zero,
      unservable: unservable, clash: clash, rounds: 0, cuts: 0)
    guard clash.isEmpty else {
      answer.status = .infeasible
      return answer
    }
    try relax(&answer)
    if answer.status == .infeasible { return answer }
    try improve(&answer)
    answer.cuts = rows.count + cutCount
    return answer
  }

  private mutating func relax(_ answer: inout Placement) throws(OptimizingError) {
    let relaxed = try RelaxedProgram(program)
    while true {
      let solution = relaxed.solve()
      guard solution.status == .optimal else {
        // The clash was looked for at every region's most; what is left is a minimum above a region's quotas.
        answer.status = solution.status == .infeasible ? .infeasible : .unknown
        return
      }
      answer.relaxation = HourlyPrice(rawValue: solution.objective + fixedEgress)
      answer.bound = answer.relaxation
      let held = capacity(of: machines.map { solution[$0] })
      // Both kinds at once would cut off points that one kind alone moves.
      if !add(violated(held), to: relaxed), !addPlanes(solution, held, to: relaxed) { break }
      if limits.remaining() <= 0 || limits.isStopped() { break }
    }
    // The relaxation rounded up is a plan already, should there be no time for more.
    if let rounded = repaired(machines.map { min(Double(relaxedUpper($0)), (relaxed.solve()[$0] - 1e-7).rounded(.up)) })
    {
      offer(rounded, to: &answer)
    }
  }

  private func relaxedUpper(_ variable: LinearProgram.Variable) -> Int { problem.offers[variable.index].quota }

  private mutating func improve(_ answer: inout Placement) throws(OptimizingError) {
    var gap = max(limits.gap, 2e-3)
    var seen = Progress(answer, at: limits.elapsed())
    while !limits.isStopped() {
      let seconds = limits.remaining()
      guard seconds > 0.05 else { break }
      var options = LinearProgram.Options(gap: gap, seconds: seconds)
      options.isStopped = limits.isStopped
      options.nodes = limits.nodes
      if limits.patience.isFinite {
        seen.note(answer, at: limits.elapsed())
        let left = limits.patience - (limits.elapsed() - seen.at)
        if left <= 0, answer.gapIsAtMost(limits.closeEnough) { break }
        options.seconds = min(seconds, max(0.25, answer.gapIsAtMost(limits.closeEnough) ? left : 2 * limits.patience))
      }
      let solution = try program.solve(options)
      answer.rounds += 1
      if solution.status == .infeasible {
        answer.status = .infeasible
        return
      }
      let bound = solution.bound + fixedEgress
      if bound > answer.bound.rawValue { answer.bound = HourlyPrice(rawValue: bound) }
      guard !solution.values.isEmpty else { break }
      let counts = machines.map { solution[$0].rounded() }
      let held = capacity(of: counts)
      let lacks = add(violated(held), to: nil)
      if let whole = lacks ? repaired(counts) : counts { offer(whole, to: &answer) }
      let isClose = answer.gapIsAtMost(limits.gap)
      if isClose { break }
      let isNew = lacks ? true : addPlanes(solution, held, to: nil)
      if !isNew {
        // A round that a bound on branches ended would end at the same place again.
        if gap <= limits.gap || (solution.status == .feasible && limits.nodes != nil) { break }
        gap = limits.gap
      } else if !answer.counts.isEmpty, answer.gap < 3e-3 {
        gap = min(gap, max(limits.gap, answer.gap / 4))
      }
    }
    if !answer.gapIsAtMost(limits.gap) { try polish(&answer) }
    if answer.counts.isEmpty {
      answer.status = .unknown
    } else {
      answer.bound = min(answer.bound, answer.cost)
      answer.status = answer.gapIsAtMost(max(limits.gap, 1e-6)) ? .optimal : .feasible
    }
  }

  /// When the plan or its bound last moved.
  private struct Progress {
    var cost: Double
    var bound: Double
    var at: Double
    init(_ answer: Placement, at: Double) {
      cost = answer.counts.isEmpty ? .infinity : answer.cost.rawValue
      bound = answer.bound.rawValue
      self.at = at
    }
    mutating func note(_ answer: Placement, at now: Double) {
      let new = Progress(answer, at: now)
      if new.cost < cost * (1 - 1e-4) || (cost.isInfinite && new.cost.isFinite) || new.bound > bound * (1 + 1e-4) {
        self = new
      }
    }
  }

  /// The best plan in the neighbourhood of the one that was found: each number of machines at most two away from it, which
  /// is solved in a fraction of the whole's time. The bound stays the whole's.
  private mutating func polish(_ answer: inout Placement) throws(OptimizingError) {
    var tries = 0
    while tries < 3, !answer.counts.isEmpty, !limits.isStopped() {
      tries += 1
      let seconds = min(1, limits.remaining())
      guard seconds > 0.05 else { return }
      var near = program
      for (variable, n) in zip(machines, answer.counts) {
        let held = problem.offers[variable.index].held
        near.move(variable, atLeast: Double(max(held, n - 2)), atMost: Double(min(n + 2, relaxedUpper(variable))))
      }
      var options = LinearProgram.Options(gap: 1e-4, seconds: seconds)
      options.isStopped = limits.isStopped
      options.nodes = limits.nodes
      let solution = try near.solve(options)
      guard !solution.values.isEmpty else { return }
      let counts = machines.map { solution[$0].rounded() }
      let before = answer.cost
      let lacks = add(violated(capacity(of: counts)), to: nil)
      if let whole = lacks ? repaired(counts) : counts { offer(whole, to: &answer) }
      if !lacks, answer.cost >= before { return }
    }
  }

  /// Keeps a plan that holds where it costs less than the best so far.
  private mutating func offer(_ counts: [Double], to answer: inout Placement) {
    guard let (cost, away) = trueCost(counts) else { return }
    guard answer.counts.isEmpty || cost < answer.cost.rawValue else { return }
    answer.counts = counts.map { Int($0) }
    answer.cost = HourlyPrice(rawValue: cost)
    answer.egress = HourlyPrice(rawValue: away)
  }

  /// Machines, open regions and the least egress; nil where the normal state cannot be served.
  private func trueCost(_ counts: [Double]) -> (total: Double, egress: Double)? {
    var cost = 0.0
    var isOpen = [Bool](repeating: false, count: problem.regions.count)
    for (offer, n) in zip(problem.offers, counts) where n > 0 {
      cost += offer.price.rawValue * n
      isOpen[offer.region] = true
    }
    for (r, region) in problem.regions.enumerated() where isOpen[r] { cost += region.fixedCost.rawValue }
    var away = (shares?.away ?? 0) * egressPrice
    if let egress {
      let held = capacity(of: counts)
      for hour in 0..<problem.steps {
        guard let plane = egress.plane(hour: hour, capacity: held) else { return nil }
        away += plane.value * egressPrice
      }
    }
    return (cost + away, away)
  }

  /// A plan that holds, from one that lacks something: the machine that mends most of the worst lack for its price is
  /// added until nothing lacks; then what is not needed is taken away again.
  private mutating func repaired(_ begin: [Double]) -> [Double]? {
    var counts = begin
    for r in problem.regions.indices { raiseToMinimum(r, &counts) }
    var guardRounds = 0
    while guardRounds < 2000 {
      guardRounds += 1
      let cuts = violated(capacity(of: counts))
      if cuts.isEmpty { break }
      _ = add(cuts, to: nil)
      for cut in cuts where !fill(cut, &counts) { return nil }
    }
    guard violated(capacity(of: counts)).isEmpty else { return nil }
    trim(&counts)
    return counts
  }

  private func raiseToMinimum(_ r: Int, _ counts: inout [Double]) {
    let here = problem.offers.indices.filter { problem.offers[$0].region == r }
    let sum = here.reduce(0) { $0 + counts[$1] }
    guard sum > 0, sum < Double(problem.regions[r].minimum) else { return }
    var lack = Double(problem.regions[r].minimum) - sum
    for i in here.sorted(by: { problem.offers[$0].price < problem.offers[$1].price }) where lack > 0 {
      let more = min(lack, Double(problem.offers[i].quota) - counts[i])
      counts[i] += more
      lack -= more
    }
  }

  private func fill(_ cut: CapacityCuts.Cut, _ counts: inout [Double]) -> Bool {
    while true {
      let held = capacity(of: counts)
      let lack = cut.rate - cut.regions.members.reduce(0) { $0 + held[$1] }
      if lack <= 1e-9 * max(1, cut.rate) { return true }
      var best: (offer: Int, score: Double)?
      for (i, offer) in problem.offers.enumerated()
      where cut.regions.contains(offer.region) && counts[i] < Double(offer.quota) && offer.rate > .zero {
        let here = problem.offers.indices.filter { problem.offers[$0].region == offer.region }
        let sum = here.reduce(0) { $0 + counts[$1] }
        let region = problem.regions[offer.region]
        if let maximum = region.maximum, sum >= Double(maximum) { continue }
        let opening =
          sum > 0 ? 0 : region.fixedCost.rawValue + offer.price.rawValue * Double(max(0, region.minimum - 1))
        let score = (offer.price.rawValue + opening) / min(lack, offer.rate.rawValue)
        if best.map({ score < $0.score }) ?? true { best = (i, score) }
      }
      guard let best else { return false }
      counts[best.offer] += 1
      raiseToMinimum(problem.offers[best.offer].region, &counts)
    }
  }

  /// Takes machines away, the dearest first, while every known inequality and every state holds.
  private mutating func trim(_ counts: inout [Double]) {
    for i in problem.offers.indices.sorted(by: { problem.offers[$0].price > problem.offers[$1].price }) {
      let region = problem.offers[i].region
      let here = problem.offers.indices.filter { problem.offers[$0].region == region }
      while counts[i] > Double(problem.offers[i].held) {
        counts[i] -= 1
        let sum = here.reduce(0) { $0 + counts[$1] }
        let isBelow = sum > 0 && sum < Double(problem.regions[region].minimum)
        let held = capacity(of: counts)
        let lacks = rows.contains { set, known in
          known.rate > set.members.reduce(0) { $0 + held[$1] } + 1e-9 * max(1, known.rate)
        }
        if isBelow || lacks || !violated(held).isEmpty {
          counts[i] += 1
          break
        }
      }
    }
  }

  /// Origins that a loss leaves without any region that may serve them.
  private var unservable: [Placement.Unservable] {
    states.flatMap { state in
      state.loss.map { loss in
        problem.origins.indices.filter { !state.isServed[$0] }.map { Placement.Unservable(origin: $0, loss: loss) }
      } ?? []
    }
  }
}

extension Placement {
  func gapIsAtMost(_ gap: Double) -> Bool {
    !counts.isEmpty && cost.rawValue - bound.rawValue <= gap * cost.rawValue + 1e-9
  }
}
