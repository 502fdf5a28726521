import Catalogs
import Costs
import Documents
import Quantities
import Training

/// From what a user states to an answer with its bill.
public struct TrainingRunPlanner: Sendable {
  public var catalog: Catalog

  public init(catalog: Catalog) { self.catalog = catalog }

  /// - Throws: `TrainingError` with everything that keeps the run from being planned and the nearest that can be.
  public func run(_ spec: TrainingRunSpec, seed: UInt64 = 1) throws(TrainingError) -> TrainedRun {
    let model = try model(spec)
    let (machine, perMachine) = try machine(spec)
    guard let chip = machine.accelerator else {
      throw TrainingError(
        .invalidValue, "\(machine.name) has no accelerator", remedy: "name a machine with one, such as p5.48xlarge")
    }
    guard let tokens = spec.tokens else {
      throw TrainingError(.invalidValue, "the run says no tokens", remedy: "write tokens: 1T")
    }
    guard tokens > 0, tokens.isFinite else {
      throw TrainingError(.invalidValue, "the run learns from no tokens", remedy: "write tokens: 1T")
    }
    let network = machine.network.map { ByteRate(rawValue: $0.rawValue / Double(perMachine)) }
    let hardware = TrainingHardware(chip, network: network)
    let sequence = spec.sequence ?? min(8192, Double(model.context))
    guard sequence >= 1, sequence <= 1e8 else {
      throw TrainingError(.invalidValue, "a sequence of \(sequence) tokens", remedy: "write 1 or more, such as 8192")
    }
    let batch = spec.batch ?? TrainingJob.usualBatch(parameters: model.activeParameters, sequence: sequence)
    guard batch >= 1, batch <= 1e9 else {
      throw TrainingError(.invalidValue, "a batch of \(batch) sequences", remedy: "write 1 or more, such as 512")
    }
    var work = TrainingWork(
      shape: ModelShape(model), sequence: sequence, batch: batch.rounded(),
      precision: spec.precision ?? .bf16)
    if let rank = spec.loraRank {
      guard rank >= 1 else {
        throw TrainingError(.invalidValue, "a rank of \(rank)", remedy: "write 1 or more, such as 16")
      }
      work.method = .lora(rank: rank)
    }
    var warnings: [TrainingError] = []
    if !hardware.isMeasured {
      warnings.append(
        TrainingError(
          .invalidValue, "no training run was measured here on \(chip.name)",
          remedy: "calibrate with a step of your own: its band is wide"))
    }
    if spec.precision == .fp8 || spec.precision == .mxfp8, hardware.peak8 <= hardware.peak16 {
      warnings.append(
        TrainingError(.invalidValue, "\(chip.name) does not compute in fp8", remedy: "plan with precision: bf16"))
    }
    let target = try target(spec, machine, perMachine)
    var faults = FaultModel.published
    if let rate = spec.faults {
      guard rate > 0, rate <= 1e5 else {
        throw TrainingError(
          .invalidValue, "\(NumberFormat.short(rate)) faults per 1,000 machine-days",
          remedy: "write a number such as 4.2")
      }
      faults.ratePerNodeDay = rate / 1000
    }
    if let trace = spec.faultTrace { faults = try FaultModel(trace) }
    let calibration = spec.measurements.isEmpty ? nil : try RunCalibration(spec.measurements)
    var restart = TrainingJob.Restart()
    if let rate = spec.checkpointRate { restart.machineRate = rate }
    var data = DataSource.text
    if let bytes = spec.dataBytes { data.bytesPerSample = bytes }
    data.delivers = spec.dataRate
    let job = TrainingJob(
      name: spec.name, model: model, tokens: tokens, work: work, hardware: hardware, perMachine: perMachine,
      target: target, faults: faults, restart: restart, atMost: spec.atMost ?? 131_072, data: data)
    let plan = try TrainingPlanner(job, calibration: calibration).plan()
    let machines = Self.machines(plan.chosen.accelerators, perMachine)
    return TrainedRun(
      spec: spec, plan: plan, machine: machine, machines: machines, bill: bill(plan.chosen, machine, perMachine, spec),
      sizeBills: plan.sizes.map { bill($0, machine, perMachine, spec) },
      spot: spec.spot.map { spot($0, plan.chosen, machine, machines, spec, seed) }, warnings: warnings,
      calibration: calibration)
  }

  static func machines(_ accelerators: Int, _ perMachine: Int) -> Int {
    max(1, (accelerators + perMachine - 1) / perMachine)
  }

  // MARK: Names

  private func model(_ spec: TrainingRunSpec) throws(TrainingError) -> ModelArchitecture {
    if let architecture = spec.architecture { return architecture }
    if let name = spec.model {
      do throws(Diagnostic) {
        return try catalog.model(named: name)
      } catch {
        throw TrainingError(.unknownName, error.message, remedy: error.help ?? "write its size: parameters: 7B")
      }
    }
    if let parameters = spec.parameters, parameters >= 1e5, parameters <= 1e14 {
      return .typical(name: "\(NumberFormat.short(parameters)) parameters", parameters: parameters, active: parameters)
    }
    throw TrainingError(
      .invalidValue, "the run names no model", remedy: "write model: Llama-3.1-8B, or parameters: 7B")
  }

  /// The machine, and how many accelerators it has: the one named, or the first of the catalog with the accelerator, or
  /// eight of the accelerator at a price of the user's own.
  private func machine(_ spec: TrainingRunSpec) throws(TrainingError) -> (Machine, Int) {
    if let name = spec.machine {
      do throws(Diagnostic) {
        let machine = try catalog.machine(named: name)
        return (machine, max(1, machine.acceleratorCount))
      } catch {
        throw TrainingError(.unknownName, error.message, remedy: error.help ?? "name a machine of the catalog")
      }
    }
    let name = spec.accelerator ?? "H100"
    do throws(Diagnostic) {
      let chip = try catalog.accelerator(meantBy: name, at: nil)
      let known = catalog.machines.filter { $0.accelerator?.name == chip.name }
      if spec.price == nil, let priced = known.max(by: { $0.acceleratorCount < $1.acceleratorCount }) {
        return (priced, max(1, priced.acceleratorCount))
      }
      let count = max(1, chip.perNode)
      return (
        Machine(
          name: "\(count) x \(chip.name)", cloud: "own", vcpus: 0, memory: .zero, accelerator: chip,
          acceleratorCount: count, network: chip.networkBandwidth.map { $0 * Double(count) }), count
      )
    } catch {
      throw TrainingError(.unknownName, error.message, remedy: error.help ?? "add it in a catalog file of your own")
    }
  }

  private func target(
    _ spec: TrainingRunSpec, _ machine: Machine, _ perMachine: Int
  ) throws(TrainingError) -> TrainingJob.Target {
    if let count = spec.accelerators {
      guard count >= 1, count <= 10_000_000 else {
        throw TrainingError(.invalidValue, "\(count) accelerators", remedy: "write 1 or more")
      }
      return .accelerators(count)
    }
    if let within = spec.within { return .within(within) }
    if let budget = spec.budget {
      // Costs says what one machine-hour is; the budget buys so many of them.
      let hour = cost(priced(machine, perMachine, spec), machineHours: 1, machines: 1, over: .hours(1), spec)
      guard hour.isComplete, hour.total > .zero else {
        throw TrainingError(
          .invalidValue, "a budget needs a price and none is known of \(machine.name)", remedy: "write price: $2/h")
      }
      return .acceleratorHours(budget / hour.total * Double(perMachine))
    }
    return .within(.days(30))
  }

  // MARK: Bills

  /// The machine with the user's own price, where there is one.
  private func priced(_ machine: Machine, _ perMachine: Int, _ spec: TrainingRunSpec) -> Machine {
    guard let price = spec.price else { return machine }
    return machine.priced(
      Price(
        hourly: price * Double(perMachine), lifecycle: spec.lifecycle, region: Price.anyRegion, source: "as stated",
        date: ""))
  }

  private func cost(
    _ machine: Machine, machineHours: Double, machines: Int, over span: Duration, _ spec: TrainingRunSpec,
    lifecycle: Lifecycle? = nil
  ) -> CostBreakdown {
    let pool = Pool(
      region: spec.region ?? "", machine: machine, lifecycle: lifecycle ?? spec.lifecycle, count: machines)
    return FleetUse(pools: [.init(pool: pool, machineHours: machineHours)], span: span).cost
  }

  private func bill(
    _ option: TrainingOption, _ machine: Machine, _ perMachine: Int, _ spec: TrainingRunSpec
  ) -> CostBreakdown {
    let machines = Self.machines(option.accelerators, perMachine)
    // A part of a machine is paid for as that part.
    let share = Double(option.accelerators) / Double(perMachine)
    return cost(
      priced(machine, perMachine, spec), machineHours: share * option.wallClock.hours, machines: machines,
      over: option.wallClock, spec)
  }

  private func spot(
    _ wish: SpotJobSpec, _ option: TrainingOption, _ machine: Machine, _ machines: Int, _ spec: TrainingRunSpec,
    _ seed: UInt64
  ) -> SpotAnswer {
    let priced = priced(machine, max(1, machine.acceleratorCount), spec)
    let full = priced.price(.onDemand, in: spec.region)?.hourly
    let reduced = priced.price(.spot, in: spec.region)?.hourly
    let ratio = full.flatMap { full in reduced.map { full / $0 } } ?? 3
    let job = SpotJob(
      work: option.computing, deadline: wish.deadline ?? .seconds(option.computing.seconds * 1.25),
      changeover: wish.changeover, priceRatio: ratio, checkpointEvery: wish.checkpointEvery)
    let model =
      wish.trace.map { SpotModel(availability: $0.availability(of: machines), step: $0.step) }
      ?? SpotModel(meanUp: wish.meanUp, meanDown: wish.meanDown)
    if let refusal = job.refusal(on: model) { return SpotAnswer(job: job, model: model, refusal: refusal, studies: []) }
    let studies = SpotPolicy.allCases.map { policy in
      let study = SpotStudy(job, policy: policy, machines: machines)
      let samples = policy == .planned ? 100 : 200
      let result =
        wish.trace.map { study.run($0, starts: samples) } ?? study.run(model, samples: samples, seed: seed)
      let spotHours = Statistics.mean(result.runs.map { $0.spotHours }) ?? 0
      let paidHours = Statistics.mean(result.runs.map { $0.onDemandHours }) ?? 0
      let span = Duration.hours(Statistics.mean(result.runs.map { $0.finish }) ?? 0)
      let bill =
        cost(priced, machineHours: spotHours * Double(machines), machines: machines, over: span, spec, lifecycle: .spot)
        + cost(
          priced, machineHours: paidHours * Double(machines), machines: machines, over: span, spec, lifecycle: .onDemand
        )
      return (policy, result, bill)
    }
    return SpotAnswer(job: job, model: model, refusal: nil, studies: studies)
  }
}
