# dumb-init: the entrypoint of Yelp.
needs=dumb-init
entrypoint="dumb-init --"
