import Documents
import Planning
import Quantities
import Traffic

extension PlanReport {
  /// `"schema": "headroom/plan/1"`: every number that the report shows, in base units, keys in a fixed order;
  /// docs/reference/plan-json.md names each.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { write(to: &$0) }
    return json.text + "\n"
  }

  /// The document's keys, inside an object that is open.
  func write(to json: inout JSONWriter) {
    json.entry("schema", "headroom/plan/1")
    json.entry("plan", plan.name)
    json.entry("headline", headline)
    json.entry("now", outcome.now)
    json.entry("horizon_seconds", seconds: plan.horizon)
    json.entry("time_zone", zone.name)
    json.entry("currency", Currency.current.code)
    json.object("provenance") { json in
      json.entry("version", provenance.version)
      json.entry("seed", Double(provenance.seed))
      json.entry("file", provenance.file)
      json.entry("command", provenance.command)
    }
    writeDemand(&json)
    writeSizing(&json)
    json.object("placement", outcome.placement?.placement) { json, placement in
      guard let problem = outcome.placement?.problem else { return }
      PlacementReport(placement, of: problem, name: plan.name, provenance: provenance).writeAnswer(to: &json)
    }
    writeHeadroom(&json)
    writeRunway(&json)
    writeCost(&json)
    writeJudgement(&json)
    writeSimulations(&json)
    writeTraining(&json)
    json.object("tuning", outcome.tuning) { json, tuning in TuneReport.write(tuning, to: &json) }
    let recovery = outcome.recovery
    json.object("recovery", recovery.postures.isEmpty ? nil : recovery) { json, recovery in
      RecoveryReport.write(recovery, to: &json)
    }
    if let analysis = outcome.analysis, let trace = outcome.trace {
      json.object("traffic") { AnalysisJSON.write(analysis, of: trace, to: &$0) }
    } else {
      json.entry("traffic", String?.none)
    }
    json.key("ledger")
    json.array { json in for derivation in outcome.ledger.all { LedgerJSON.write(derivation, to: &json) } }
  }

  private func writeDemand(_ json: inout JSONWriter) {
    let demand = outcome.demand
    json.object("demand") { json in
      json.entry("peak", demand.peak)
      json.entry("peak_time", demand.peakTime)
      json.entry("baseline", demand.baseline)
      json.entry("growth", demand.growth)
      json.entry("growth_source", demand.growthSource)
      json.objects("events", demand.events) { json, event in
        json.entry("name", event.name)
        json.entry("start", event.start)
        json.entry("days", event.days)
        json.entry("lift", event.lift)
        json.entry("is_assumption", event.isAssumption)
        json.entry("peak", event.peak)
        json.entry("decide_by", event.dates.decideBy)
        json.entry("request_quota_by", event.dates.askForQuotaBy)
        json.entry("load_test_by", event.dates.loadTestBy)
        json.entry("in_place_by", event.dates.inPlaceBy)
      }
      json.object("forecast", demand.forecast) { json, forecast in
        // Hours are as fine as the report shows; finer steps would make the document as long as the history.
        func hourly(_ series: TimeSeries<RequestRate>) -> TimeSeries<RequestRate> {
          series.step < .hours(1) ? series.aggregated(to: .hours(1), by: .maximum) : series
        }
        let mid = hourly(forecast.mid)
        json.entry("forecaster", forecast.forecaster)
        json.entry("confidence", forecast.confidence)
        json.entry("start", mid.start)
        json.entry("step_seconds", seconds: mid.step)
        json.entry("low", values: hourly(forecast.low).rawValues)
        json.entry("mid", values: mid.rawValues)
        json.entry("high", values: hourly(forecast.high).rawValues)
        json.objects("daily_peaks", forecast.dailyPeaks) { json, day in
          json.entry("date", day.date)
          json.entry("low", day.peak.low)
          json.entry("mid", day.peak.mid)
          json.entry("high", day.peak.high)
        }
        json.entry("because", texts: forecast.because)
      }
    }
  }

  private func writeSizing(_ json: inout JSONWriter) {
    let sizing = outcome.sizing
    json.object("sizing") { json in
      json.entry("provisioned", sizing.provisioned)
      json.entry("capacity_per_replica", sizing.capacityPerReplica)
      json.entry("replicas", sizing.replicas)
      json.entry("minimum", outcome.bounds.minimum)
      json.entry("maximum", outcome.bounds.maximum)
      json.entry("replicas_per_machine", sizing.replicasPerMachine)
      json.entry("machines", sizing.machines)
      json.entry("machine", sizing.machine?.name)
      json.entry("running", sizing.running)
      json.entry("mean_replicas", sizing.meanReplicas)
      json.entry("hour_of_week", values: sizing.hourOfWeek.map(Double.init))
      json.objects("regions", sizing.regions) { json, region in
        json.entry("name", region.name)
        json.entry("share", region.share)
        json.entry("own", region.own)
        json.entry("replicas", region.replicas)
        json.entry("left_without", region.leftWithout)
      }
      json.entry("carried", sizing.carried)
      json.entry("service_model", plan.service.model.mid.summary)
      json.entry("unplaced", sizing.unplaced)
      json.objects("pools", sizing.fleet.pools) { json, pool in
        json.entry("machine", pool.machine.isNamed ? pool.machine.name : nil)
        json.entry("region", pool.region.isEmpty ? nil : pool.region)
        json.entry("lifecycle", pool.lifecycle.rawValue)
        json.entry("count", pool.count)
        json.entry("replicas_per_machine", pool.replicasPerMachine)
        json.entry("quota", pool.quota)
        json.entry("hourly_price", pool.price?.hourly)
      }
      json.object("survival", sizing.survival) { json, survival in
        json.entry("of", survival.tolerance.words)
        json.entry("lost", texts: survival.lost)
        json.entry("left", survival.left)
      }
    }
  }

  private func writeHeadroom(_ json: inout JSONWriter) {
    let headroom = outcome.headroom
    json.object("headroom") { json in
      json.entry("fraction", headroom.fraction)
      json.entry("origin", headroom.origin)
      json.entry("scenario", headroom.scenario?.name)
      json.objects("parts", headroom.parts) { json, part in
        json.entry("kind", part.kind.rawValue)
        json.entry("alone", part.alone)
        json.entry("added", part.added)
        json.entry("because", part.because)
      }
      json.objects("curve", outcome.risk.curve) { json, point in
        json.entry("headroom", point.headroom)
        json.entry("replicas", point.replicas)
        json.entry("cost_per_month", outcome.cost.isPriced ? point.costPerMonth : nil)
        json.entry("overload_probability", point.overloadProbability)
        json.entry("overload_minutes", point.overloadMinutes)
      }
      json.entry("chosen", outcome.risk.chosen)
    }
  }

  private func writeRunway(_ json: inout JSONWriter) {
    json.object("runway", outcome.runway) { json, runway in
      json.entry("capacity", runway.capacity)
      json.entry("expected", runway.expected)
      json.entry("early", runway.early)
      json.entry("cause", runway.cause)
    }
  }

  private func writeCost(_ json: inout JSONWriter) {
    let cost = outcome.cost
    // What nobody has a price for costs an unknown sum, not nothing.
    let isPriced = cost.isPriced
    json.object("cost") { json in
      json.entry("hourly_price", isPriced ? cost.hourlyPrice : nil)
      json.entry("price_source", cost.priceSource)
      json.entry("per_hour", isPriced ? cost.perHour : nil)
      json.entry("flat_per_month", isPriced ? cost.flatPerMonth : nil)
      json.entry("ordinary_flat_per_month", isPriced ? cost.ordinaryFlatPerMonth : nil)
      json.entry("following_per_month", isPriced ? cost.followingPerMonth : nil)
      json.entry("simulated_per_month", isPriced ? cost.simulatedPerMonth : nil)
      json.entry("horizon", isPriced ? cost.horizon : nil)
      json.entry("events", isPriced ? cost.events : nil)
      json.entry("saving", isPriced ? cost.saving : nil)
      json.entry("flat_by_capacity", isPriced ? cost.flatByCapacity : nil)
      json.entry("budget", plan.budget)
      json.objects("bill", cost.bill.lines) { json, line in
        json.entry("machine", line.what)
        json.entry("region", line.region)
        json.entry("lifecycle", line.lifecycle.rawValue)
        json.entry("machine_hours", line.machineHours)
        json.entry("hourly_price", line.price.hourly)
        json.entry("amount", line.amount)
      }
      json.objects("commitments", cost.commitments) { json, advice in
        json.entry("machine", advice.machine)
        json.entry("region", advice.region.isEmpty ? nil : advice.region)
        json.entry("units", advice.choice.units)
        json.entry("break_even", advice.choice.breakEven)
        json.entry("used", advice.choice.used)
        json.entry("saving_per_month", advice.savingPerMonth)
      }
    }
  }

  private func writeJudgement(_ json: inout JSONWriter) {
    Self.write(outcome.verdicts, outcome.findings, to: &json)
    json.entry("assumptions", texts: outcome.assumptionSentences)
  }

  static func write(_ verdicts: [Verdict], _ findings: [Finding], to json: inout JSONWriter) {
    json.objects("verdicts", verdicts) { json, verdict in
      let words = verdict.words
      json.entry("objective", words.objective)
      json.entry("asked", words.asked)
      json.entry("got", words.got)
      json.entry("met", verdict.met)
      json.entry("margin", verdict.margin)
      json.entry("binding", words.binding)
    }
    json.objects("findings", findings) { json, finding in
      json.entry("severity", finding.severity.rawValue)
      json.entry("code", finding.code)
      let words = finding.words
      json.entry("what", words.what)
      json.entry("because", words.because)
      json.entry("remedy", words.remedy)
      json.entry("by", finding.by)
    }
  }

  private func writeSimulations(_ json: inout JSONWriter) {
    json.objects("simulations", outcome.simulations) { json, simulation in
      json.entry("policy", simulation.policy)
      json.entry("title", simulation.title)
      json.entry("over", simulation.over)
      json.entry("cost", outcome.cost.isPriced ? simulation.cost : nil)
      json.entry("cost_per_month", outcome.cost.isPriced ? simulation.costPerMonth : nil)
      json.entry("duration_seconds", seconds: simulation.outcome.duration)
      OutcomeJSON.writeTotals(simulation.outcome, to: &json)
    }
    json.object("low_capacity_simulation", outcome.lowSimulation) { json, simulation in
      json.entry("title", simulation.title)
      OutcomeJSON.writeTotals(simulation.outcome, to: &json)
    }
    // Of the plan's own policy alone: the one that the report draws.
    if let own = ownSimulation {
      OutcomeJSON.writeTimeline(own.outcome.timeline, to: &json)
    } else {
      json.entry("timeline", String?.none)
    }
  }
}
