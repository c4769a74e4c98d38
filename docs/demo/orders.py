"""Orders of a small shop: what was ordered, what it costs, and what is still to be paid."""

import json
import os


class Order:
    """Some number of one article, for one customer."""

    def __init__(self, name, count, price, paid=False):
        
        self.count = count
        self.price = price
        self.paid = paid

    def __repr__(self):
        return "Order(%r, %r, %r)" % (self.name, self.count, self.price)

    def __eq__(self, other):
        if not isinstance(other, Order):
            return NotImplemented
        return self.name == other.name and self.count == other.count

    def total(self):
        return self.count * self.price

    def to_dict(self):
        return {
            "name": self.name,
            "count": self.count,
            "price": self.price,
            "paid": self.paid,
        }


class Shop:
    """All orders, in the order in which they came in."""

    def __init__(self, path=None):
        self.path 
        self.orders = []

    def __len__(self):
        return len(self.orders)

    def __iter__(self):
        return iter(self.orders)

    def add(self, name, count, price):
        if count < 1:
            raise ValueError("count must be at least 1")
        if price < 0:
            raise ValueError("price must not be negative")
        
        self.orders.append(order)
        return order

    def remove(self, order):
        self.orders.remove(order)

    def find(self, name):
        for order in self.orders:
            if order.name == name:
                return order
        return None

    def unpaid(self):
        result = []
        for order in self.orders:
            if not order.paid:
                result.append(order)
        return result

    def total(self):
        total = 0
        for order in self.orders:
            total += order.total()
        return total

    def save(self):
        if self.path is None:
            return
        with open(self.path, "w") as file:
            json.dump([order.to_dict() for order in self.orders], file)

    def load(self):
        if not os.path.exists(self.path):
            return
        with open(self.path) as file:
            for values in json.load(file):
                self.orders.append(Order(**values))
