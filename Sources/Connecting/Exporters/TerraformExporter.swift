import Catalogs
import Planning
import Quantities

/// What stands where, as values that a Terraform module takes: regions, machine types, counts, bounds.
public enum TerraformExporter {
  public static let descriptor = ExporterDescriptor(
    name: "terraform",
    summary: "The plan's capacity by region and machine type, as Terraform variables with their values.",
    parameters: [.init("name", default: "the plan's name", "the variable's prefix, a DNS label")],
    example: "headroom export terraform plan.yaml > capacity.auto.tfvars", ending: "tfvars"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    let fleet = outcome.sizing.fleet
    guard outcome.plan.fleet.machine != nil else {
      throw ExportFault("The plan names no machine. Add machines: [ { type: g5.xlarge } ] to it.")
    }
    let name = TerraformText.identifier(try request.name())
    let regions = outcome.sizing.regions.isEmpty ? [""] : outcome.sizing.regions.map(\.name)
    var out = "# Machines by region and type, as planned for a peak of \(outcome.sizing.peak.mid).\n"
    out += "\(name)_capacity = {\n"
    for region in regions {
      let pools = fleet.pools.filter { (region.isEmpty || $0.region == region) && $0.count > 0 }
      out += "  \"\(TerraformText.quoted(region.isEmpty ? "default" : region))\" = [\n"
      for pool in pools {
        let quota = pool.quota.map { "\($0)" } ?? "null"
        out +=
          "    { type = \"\(TerraformText.quoted(pool.machine.name))\", lifecycle = \"\(pool.lifecycle)\", count = \(pool.count), quota = \(quota) },\n"
      }
      out += "  ]\n"
    }
    out += "}\n"
    out += "\(name)_replicas = { min = \(outcome.bounds.minimum), max = \(outcome.bounds.maximum) }\n"
    var notes = ["Declare the two variables in your module: \(name)_capacity and \(name)_replicas."]
    if outcome.sizing.unplaced > 0 {
      notes.append("The quotas hold all but \(outcome.sizing.unplaced) of the replicas: raise them first.")
    }
    return Export(out, notes: notes)
  }
}
