import Catalogs
import Quantities
import Scaling
import Serving

extension RequestRun {
  /// The policy looks, and the fleet follows.
  mutating func look() {
    let killed = meter.beginTick(at: now)
    syncReplicas(killing: killed)
    if meter.look(at: now) { syncReplicas(killing: 0) }
  }

  func outcome() -> RequestOutcome {
    var record = record
    record.confidence = responseBatches.confidence
    record.utilization = Utilization(rawValue: meter.utilization)
    let start = demand.start
    var outcome = Outcome(
      start: start, duration: demand.tick * demand.rates.count, tick: demand.tick, service: serviceRecord(),
      fleet: fleetRecord(), timeline: meter.recorder.timeline)
    outcome.actions = meter.actions.map {
      Outcome.ScalingAction(
        time: start + .seconds($0.time), from: $0.from, to: $0.to, rule: $0.because.rule.name.description,
        reason: $0.because.description)
    }
    return RequestOutcome(outcome: outcome, requests: record)
  }

  private func serviceRecord() -> ServiceRecord {
    var service = ServiceRecord()
    let (offered, answered, failed) = (meter.offeredCount, meter.answeredCount, meter.failedCount)
    service.offered = Count(rawValue: Double(offered))
    service.served = Count(rawValue: Double(answered))
    service.unserved = Count(rawValue: Double(failed))
    // Those in service at the end have no answer either.
    service.waiting = Count(rawValue: Double(max(0, offered - answered - failed)))
    service.queuedSeconds = meter.queuedSeconds
    service.overload = meter.overload
    service.peakUtilization = Utilization(rawValue: meter.peakUtilization)
    service.attainments = world.objective.latency.enumerated().map { i, bound in
      Outcome.Attainment(
        bound: bound, share: Fraction(rawValue: offered > 0 ? Double(meter.within[i]) / Double(offered) : 1),
        includesService: true)
    }
    return service
  }

  private func fleetRecord() -> FleetRecord {
    var machines = MachineTable(world.fleet)
    let span = demand.tick * demand.rates.count
    var record = FleetRecord(
      use: machines.use(meter.paidSeconds.map { (replicas: $0.key, hours: $0.value / 3600) }, over: span))
    record.replicaHours = meter.replicaSeconds / 3600
    record.startingHours = meter.startingSeconds / 3600
    record.starts = meter.fleet.starts
    record.scaleUps = meter.ups
    record.scaleDowns = meter.downs
    record.flaps = meter.flaps
    record.peakReplicas = meter.peakReplicas
    record.minimumReplicas = meter.leastReplicas == .max ? 0 : meter.leastReplicas
    record.crashes = meter.incidents.crashes
    record.preemptions = meter.incidents.preemptions
    return record
  }
}
