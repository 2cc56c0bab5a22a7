"""From desired and actual state to a plan. Pure: no I/O, no clock, nothing of AWS or Kubernetes.

The data flow: `settle` says what the desired state is once everything foreign and out of scope is taken as it is;
`diff` compares it with the actual state; `order` puts the changes into the order that never gives more than the old
and the new policy together (`moves` tells it what a change of an entry means to people who have another one in the
other backend); `guards` refuses plans that would lock somebody out.
"""
