"""Small broken sources that the cases share."""

PRICES_PY = '''\
import os
import sys
from decimal import Decimal
import collections


def total( items, tax = Decimal("0.2") ):
    """Sum of all items.   """
    result = Decimal(0)
    for item in items :
        result += item ['price'] * item [ 'count' ]
    return result * (1+tax)


class Basket :
    def __init__(self, owner, items = None, discount = None, currency = 'EUR', delivery_address = None):
        self.owner = owner
        self.items = items or [ ]
        self.discount=discount



    def is_empty(self): return not self.items
'''

ORDERS_PY = '''\
from shop.prices import total
import json

ORDERS = {  'a':1, "b" : 2 }

def dump(order) :
    return json.dumps({ 'id': order.id,
        'total': str( total(order.items) ) })
'''

CLEAN_PY = '''\
def answer():
    return 42
'''

MAIN_RS = '''\
mod basket;

use std::fmt;
use std::collections::HashMap;

fn main() {
    let mut prices: HashMap<String,u32> = HashMap::new();
    prices.insert("apple".to_string(), 3 );
    prices.insert("pear".to_string(), 4);

    let total: u32 = prices.values().filter(|price| **price > 1).map(|price| price * 2).sum::<u32>() + 1;

    let a = 1;
    let b = 2;
    let c = 3;
    let d = 4;
    let e = 5;
    let f = 6;
    let g = 7;
    println!("{} {}",total, a+b+c+d+e+f+g);
}

struct Money(u32);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}", self.0) }
}
'''

BASKET_RS = '''\
pub struct Basket { pub items: Vec<u32> }

impl Basket {
  pub fn total(&self)->u32 {
      self.items.iter().sum()
  }
}
'''

CARGO_TOML = '''\
[package]
name = "shop"
version = "0.1.0"
edition = "2024"

[workspace]
'''

MAIN_GO = '''\
package main

import (
	"os"
	"fmt"
)

type Item struct {
	Name string
	Price int
	InStock    bool
}

func main() {
    items := []Item{ {"apple", 3, true}, {"pear",4,false} }
	for _,item := range items {
		if item.InStock { fmt.Println(item.Name) }
	}
	os.Exit( 0 )
}
'''

STORE_GO = '''\
package main

func add(a int,b int) int {
	return a+b
}
'''

DEPLOY_SH = '''\
#!/usr/bin/env bash
set -eu
if [ -z "$1" ] ; then
    echo "usage: $0 HOST"
      exit 1
fi
for host in "$@" ;do
  ssh "$host"   'systemctl restart shop'  >/dev/null
done
case $1 in
a) echo a;;
esac
'''

MAIN_TF = '''\
terraform {
  required_version = ">= 1.5"
}

variable "region" {
    type = string
  default   = "eu-west-1"
}

locals {
  name = "shop"
  long_name = "shop-${var.region}"
}
'''

MAIN_LUA = '''\
local function total(items)
    local sum=0
    for _,item in ipairs(items) do sum=sum+item.price end
    return sum
end

return { total=total, name='shop' }
'''

CONFIG_TOML = '''\
title="shop"
[ server ]
port=8080
hosts = ["alpha","beta" ,
"gamma"]
'''

MONEY_CPP = '''\
#include <vector>
#include <string>

namespace shop {
int total(std::vector<int> const& prices){
  int sum=0;
  for(auto p:prices){ sum+=p; }
  return sum;
}
}
'''
