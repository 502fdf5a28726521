"""Customers a second of M/M/c in SimPy and Ciw: the peers of script/bench-queues. Prints a JSON line for each.

usage: queue-peers.py SERVERS RATE CUSTOMERS
"""
import json
import random
import sys
import time

servers, rate, customers = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])


def simpy_queue():
    import simpy

    draw = random.Random(1)
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=servers)
    waits = []

    def customer():
        came = env.now
        with desk.request() as turn:
            yield turn
            waits.append(env.now - came)
            yield env.timeout(draw.expovariate(1))

    def arrivals():
        for _ in range(customers):
            yield env.timeout(draw.expovariate(rate))
            env.process(customer())

    env.process(arrivals())
    env.run()
    return sum(waits) / len(waits), len(waits), simpy.__version__


def ciw_queue():
    import ciw

    ciw.seed(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=rate)],
        service_distributions=[ciw.dists.Exponential(rate=1)],
        number_of_servers=[servers],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    waits = [record.waiting_time for record in simulation.get_all_records()]
    return sum(waits) / len(waits), len(waits), ciw.__version__


for name, queue in (("SimPy", simpy_queue), ("Ciw", ciw_queue)):
    began = time.process_time()
    try:
        mean, count, version = queue()
    except ImportError:
        print(json.dumps({"name": name, "error": "not installed"}), flush=True)
        continue
    seconds = time.process_time() - began
    print(
        json.dumps({"name": f"{name} {version}", "wait_mean": mean, "customers_per_second": round(count / seconds)}),
        flush=True,
    )
